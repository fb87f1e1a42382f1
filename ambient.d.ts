/**
 * The web globals that pure packages may use: the ones every JavaScript runtime has and that neither tell the time nor
 * roll dice. Without these declarations `AbortSignal` would silently become `any` in a package with `types: []`.
 * Packages that do IO take them from `@types/node` instead.
 */

interface EventInit {
  bubbles?: boolean
  cancelable?: boolean
  composed?: boolean
}

interface Event {
  readonly type: string
  readonly target: EventTarget | null
  readonly currentTarget: EventTarget | null
  readonly cancelable: boolean
  readonly defaultPrevented: boolean
  preventDefault(): void
  stopPropagation(): void
  stopImmediatePropagation(): void
}

declare var Event: {
  prototype: Event
  new (type: string, init?: EventInit): Event
}

interface CustomEventInit<T = unknown> extends EventInit {
  detail?: T
}

interface CustomEvent<T = any> extends Event {
  readonly detail: T
}

declare var CustomEvent: {
  prototype: CustomEvent
  new <T>(type: string, init?: CustomEventInit<T>): CustomEvent<T>
}

type EventListener = (event: Event) => void

interface EventListenerObject {
  handleEvent(event: Event): void
}

type EventListenerOrEventListenerObject = EventListener | EventListenerObject

interface EventListenerOptions {
  capture?: boolean
}

interface AddEventListenerOptions extends EventListenerOptions {
  once?: boolean
  passive?: boolean
  signal?: AbortSignal
}

interface EventTarget {
  addEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: AddEventListenerOptions | boolean): void
  removeEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: EventListenerOptions | boolean): void
  dispatchEvent(event: Event): boolean
}

declare var EventTarget: {
  prototype: EventTarget
  new (): EventTarget
}

interface AbortSignal extends EventTarget {
  readonly aborted: boolean
  readonly reason: any
  onabort: ((this: AbortSignal, event: Event) => any) | null
  throwIfAborted(): void
}

declare var AbortSignal: {
  prototype: AbortSignal
  abort(reason?: any): AbortSignal
  any(signals: Iterable<AbortSignal>): AbortSignal
}

interface AbortController {
  readonly signal: AbortSignal
  abort(reason?: any): void
}

declare var AbortController: {
  prototype: AbortController
  new (): AbortController
}

interface TextEncoder {
  encode(text?: string): Uint8Array<ArrayBuffer>
  encodeInto(text: string, into: Uint8Array): { read: number, written: number }
}

declare var TextEncoder: {
  prototype: TextEncoder
  new (): TextEncoder
}

interface TextDecoder {
  decode(bytes?: ArrayBufferView | ArrayBufferLike): string
}

declare var TextDecoder: {
  prototype: TextDecoder
  new (label?: string, options?: { fatal?: boolean, ignoreBOM?: boolean }): TextDecoder
}

declare function queueMicrotask (callback: () => void): void
