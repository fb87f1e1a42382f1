/**
 * @packageDocumentation
 *
 * The protobuf messages of Kadmium: encode, decode with strict limits, fit to a byte budget.
 */

export {}
