/**
 * @packageDocumentation
 *
 * Signed records: the model, validation, selection and the store.
 */

export {}
