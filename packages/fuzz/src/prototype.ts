const names = Object.getOwnPropertyNames(Object.prototype).join()

/** Whether what all objects inherit is what it was when the program began. */
export function isPrototypeClean (): boolean {
  return Object.getOwnPropertyNames(Object.prototype).join() === names
}
