import type { Behaviour, Contact, Mode, PeerAnswer, PeerId } from '@kadmium/interface'

/** Tells every behaviour that wants to know; what one of them throws is reported and keeps nothing from the others. */
export class BehaviourHooks {
  readonly #guard: (run: () => unknown) => void
  #behaviours: readonly Behaviour[] = []

  constructor (guard: (run: () => unknown) => void) {
    this.#guard = guard
  }

  get behaviours (): readonly Behaviour[] {
    return this.#behaviours
  }

  attach (behaviours: readonly Behaviour[]): void {
    this.#behaviours = behaviours
  }

  peerAnswered (contact: Contact, answer: PeerAnswer): void {
    for (const behaviour of this.#behaviours) {
      if (behaviour.peerAnswered !== undefined) this.#guard(() => behaviour.peerAnswered?.(contact, answer))
    }
  }

  peerTimedOut (peer: PeerId): void {
    for (const behaviour of this.#behaviours) {
      if (behaviour.peerTimedOut !== undefined) this.#guard(() => behaviour.peerTimedOut?.(peer))
    }
  }

  peerProven (contact: Contact, mode: Mode): void {
    for (const behaviour of this.#behaviours) {
      if (behaviour.peerProven !== undefined) this.#guard(() => behaviour.peerProven?.(contact, mode))
    }
  }

  modeChanged (mode: Mode): void {
    for (const behaviour of this.#behaviours) {
      if (behaviour.modeChanged !== undefined) this.#guard(() => behaviour.modeChanged?.(mode))
    }
  }
}
