/**
 * @packageDocumentation
 *
 * The kadmium command.
 */

export {}
