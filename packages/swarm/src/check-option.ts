import { InvalidOptionError } from '@kadmium/interface'

export function checkCount (option: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidOptionError(option, `expected an integer of at least 1, got ${value}`)
}

/** @param max in bytes of UTF-8 */
export function checkName (option: string, name: string, max: number): void {
  const length = new TextEncoder().encode(name).length
  if (length < 1 || length > max) throw new InvalidOptionError(option, `expected 1 to ${max} bytes of UTF-8, got ${length}`)
}
