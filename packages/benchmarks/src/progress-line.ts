const EVERY_MS = 5_000

/** How far a long run is, on stderr: one line that is written over on a terminal, else a line every few seconds. */
export class ProgressLine {
  #toldAt = -Infinity

  tell (phase: string, done: number): void {
    const now = performance.now()
    if (now - this.#toldAt < EVERY_MS) return
    this.#toldAt = now
    const megabytes = Math.round(process.memoryUsage.rss() / 1e6)
    this.#write(`${phase} ${(100 * done).toFixed(1)} %, ${Math.round(now / 1000)} s, ${megabytes} MB`)
  }

  /** Leaves the terminal to what comes next. */
  end (): void {
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
  }

  #write (text: string): void {
    process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${text}` : `${text}\n`)
  }
}
