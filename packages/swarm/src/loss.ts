/** So many answers count. */
const WINDOW = 256
/** What is assumed at first, as if that many answers had shown it. */
const ASSUMED_SHARE = 0.05
const ASSUMED_ANSWERS = 32

const FEWEST_TRIES = 2
const MOST_TRIES = 6
/** Of requests to peers that live. */
const UNANSWERED = 0.001

/**
 * How often a request has to be sent so that of a thousand to living peers one is left unanswered. A lookup waits for a dead
 * node as long as its tries take, and takes a living one for dead when they are too few; the network says which of the two is
 * the danger: the share of answers that came to the first try. Those who never answer count for nothing.
 */
export class Loss {
  #share = ASSUMED_SHARE
  #answers = ASSUMED_ANSWERS

  /** A request was answered; `atOnce`: to its first try. */
  answered (atOnce: boolean): void {
    this.#answers = Math.min(this.#answers + 1, WINDOW)
    this.#share += ((atOnce ? 0 : 1) - this.#share) / this.#answers
  }

  /** 2 to 6. */
  get tries (): number {
    let tries = 1
    let unanswered = this.#share
    while (tries < FEWEST_TRIES || (unanswered > UNANSWERED && tries < MOST_TRIES)) {
      tries++
      unanswered *= this.#share
    }
    return tries
  }
}
