/**
 * Defences that no option switches off, what switches each of them off in the compiled code, and the tests that must notice.
 * Those with an option are switched off by the tests themselves: packages/simulator/test/attacks.
 */

/** Each: its name, `file` of `packages`, `code` that is in it once, what is in its place `instead`, and the `tests` of a package. */
export const defences = [
  // Before the address is proven
  { name: 'amplification ledger, where packets leave', file: 'swarm/dist/src/amplification-ledger.js', code: 'if (bytes > credit)', instead: 'if (false)', tests: ['swarm', 'row 11'] },
  { name: 'amplification ledger', file: 'swarm/dist/src/amplification-ledger.js', code: 'return this.#credits.get(endpoint.text) ?? 0', instead: 'return Infinity', tests: ['swarm', 'row 11'] },
  { name: 'amplification ledger, with Kademlia above it', file: 'swarm/dist/src/amplification-ledger.js', code: 'return this.#credits.get(endpoint.text) ?? 0', instead: 'return Infinity', tests: ['fuzz', 'row 11'] },
  { name: 'budget of an IP group', file: 'swarm/dist/src/rate-limit.js', code: 'if (groupFullAt - now > this.#groupBurstMs)', instead: 'if (false)', tests: ['swarm', 'rate limit|RateLimit|flood'] },
  { name: 'budget of all', file: 'swarm/dist/src/rate-limit.js', code: 'if (allFullAt - now > this.#burstMs)', instead: 'if (false)', tests: ['swarm', 'rate limit|RateLimit|flood'] },
  { name: 'a budget of their own for the unproven', file: 'swarm/dist/src/rate-limit.js', code: '(proven ? this.#proven : this.#unproven)', instead: '(this.#unproven)', tests: ['swarm', 'rate limit|RateLimit|flood'] },
  { name: 'unproven packets are told from proven ones', file: 'swarm/dist/src/secure-link.js', code: 'reliable || this.#proven.has(from.text), now)', instead: 'false, now)', tests: ['swarm', 'flood'] },
  { name: 'cookies under load', file: 'secure-channel/dist/src/noise/responder.js', code: 'if (isBusy && !cookie)', instead: 'if (false)', tests: ['secure-channel', 'row 16'] },
  { name: 'a cookie is good for one address', file: 'secure-channel/dist/src/noise/responder.js', code: 'if (cookie && !this.#cookies.verify(mac2, mac1, from, now))', instead: 'if (false)', tests: ['secure-channel', 'row 16'] },
  { name: 'cookies of plaintext()', file: 'secure-channel/dist/src/cookies.js', code: 'if (cookie[1 + i] !== mac[i])', instead: 'if (false)', tests: ['secure-channel', 'plaintext'] },
  { name: 'at most so many half-open handshakes', file: 'secure-channel/dist/src/noise/half-open.js', code: 'this.#halfOpens.size >= this.#limits.maxHalfOpen ?', instead: 'false ?', tests: ['secure-channel', 'row 16'] },
  { name: 'at most so many half-open handshakes of an IP group', file: 'secure-channel/dist/src/noise/half-open.js', code: 'return this.#neighbours(group).length >= this.#limits.maxHalfOpenPerGroup', instead: 'return false', tests: ['secure-channel', 'row 16'] },
  { name: 'a mac before any key exchange', file: 'secure-channel/dist/src/noise/responder.js', code: 'if (!equal(macs.mac(publicKeys.mac1, bytes.subarray(FIRST_NOISE_AT)), mac1))', instead: 'if (false)', tests: ['secure-channel', 'noise'] },
  { name: 'a HELLO of another network is not answered', file: 'secure-channel/dist/src/noise/responder.js', code: '!this.#local.macs.verifyHello(bytes, HELLO_MAC_AT)', instead: 'false', tests: ['secure-channel', 'noise'] },
  { name: 'the key inside a first flight is the one that was proven', file: 'secure-channel/dist/src/noise/responder.js', code: 'if (!equal(crypto.toX25519(first.publicKey) ?? EMPTY, received.remote))', instead: 'if (false)', tests: ['secure-channel', 'row 15'] },
  { name: 'a session is for one endpoint', file: 'secure-channel/dist/src/noise/noise.js', code: 'if (!reliable && session.endpoint.text !== from.text)', instead: 'if (false)', tests: ['secure-channel', 'noise'] },
  { name: 'sessions that are remembered', file: 'secure-channel/dist/src/noise/peers.js', code: 'this.#brief.size + this.#kept.size >= this.#limits.maxSessions ?', instead: 'false ?', tests: ['secure-channel', 'maxSessions|sessions'] },
  { name: 'replay window', file: 'secure-channel/dist/src/noise/session.js', code: 'if (!this.#window.admits(counter))', instead: 'if (false)', tests: ['secure-channel', 'row 13'] },
  { name: 'writes need a proven session', file: 'swarm/dist/src/secure-link.js', code: 'return delivery.proven ? { granted: true } : { granted: false }', instead: 'return { granted: true }', tests: ['fuzz', 'row 11'] },
  { name: 'writes wait for a session', file: 'secure-channel/dist/src/noise/initiator.js', code: 'kind === \'read\' && !reliable &&', instead: '!reliable &&', tests: ['secure-channel', 'noise'] },
  { name: 'write tokens are checked', file: 'secure-channel/dist/src/write-tokens.js', code: 'if (equal(token, this.#token(this.#secret.current(now), holder)))', instead: 'if (true)', tests: ['fuzz', 'row 12'] },
  { name: 'write tokens grow old', file: 'secure-channel/dist/src/write-tokens.js', code: 'return previous !== undefined && equal(token, this.#token(previous, holder))', instead: 'return true', tests: ['secure-channel', 'row 12'] },
  { name: 'own HELLO coming back', file: 'secure-channel/dist/src/noise/noise.js', code: 'this.#initiator.isOwnHello(bytes, from)', instead: 'false', tests: ['secure-channel', 'own|reflect|back'] },
  { name: 'own key coming back', file: 'swarm/dist/src/swarm.js', code: 'return \'own key\'', instead: 'return undefined', tests: ['swarm', 'row 23'] },
  { name: 'transaction, from the endpoint that was asked', file: 'swarm/dist/src/request-tracker.js', code: 'if (asked.question.endpoint.text !== from.text)', instead: 'if (false)', tests: ['swarm', 'row 13'] },
  { name: 'transaction, by the key that was asked', file: 'swarm/dist/src/request-tracker.js', code: 'if (!this.#wasAsked(asked.question, peerKey))', instead: 'if (false)', tests: ['swarm', 'row 26'] },
  { name: 'each answer counts once', file: 'swarm/dist/src/request-tracker.js', code: 'if (ended.answered)', instead: 'if (false)', tests: ['swarm', 'request tracker|RequestTracker|row 13'] },
  { name: 'bogons in the public profile', file: 'kad-behaviour/dist/src/contacts.js', code: '(!this.#isPublic || isPublicAddress(address))', instead: 'true', tests: ['fuzz', 'row 24'] },
  { name: 'multicast and port 0 in every profile', file: 'kad-behaviour/dist/src/contacts.js', code: 'return isRoutableTarget(address) && ', instead: 'return ', tests: ['kad-behaviour', 'address|profile|routable|port 0'] },
  { name: 'one\'s own name in an answer', file: 'kad-behaviour/dist/src/contacts.js', code: 'if (contact.id.equals(this.#init.localId))', instead: 'if (false)', tests: ['kad-behaviour', 'itself|own|oneself'] },
  { name: 'requests served at one time', file: 'swarm/dist/src/inbound-requests.js', code: 'if (this.#running >= this.#init.inboundRequests)', instead: 'if (false)', tests: ['swarm', 'inboundRequests|busy'] },
  { name: 'what is remembered of strangers', file: 'swarm/dist/src/bounded-map.js', code: 'this.#entries.size >= this.#capacity ?', instead: 'false ?', tests: ['swarm', 'limits|bounded|unproven|remember'] },
  // Lookups, tables and records
  { name: 'contacts of a reply', file: 'kad-behaviour/dist/src/lookup.js', code: 'Math.min(closer.length, this.#init.maxContactsPerReply)', instead: 'closer.length', tests: ['kad-behaviour', 'maxContactsPerReply|lookup'] },
  { name: 'requests of a lookup', file: 'kad-behaviour/dist/src/lookup.js', code: 'return this.#init.maxRequests - this.#requests.length', instead: 'return 1_000_000', tests: ['kad-behaviour', 'maxRequests|lookup'] },
  { name: 'candidates of a lookup', file: 'kad-behaviour/dist/src/lookup.js', code: 'new Shortlist(target, maxCandidates)', instead: 'new Shortlist(target, 1_000_000)', tests: ['kad-behaviour', 'maxCandidates|lookup'] },
  { name: 'live contacts keep their places', file: 'routing-table/dist/src/routing-table.js', code: 'return this.#queue(bucket, newcomer, now)', instead: 'this.#removeAt(bucket, 0, now)', tests: ['simulator', 'row 10'] },
  { name: 'signatures, at holders', file: 'records/dist/src/memory-record-store.js', code: 'checkProof(record, this.#crypto) ?? checkEncoding', instead: 'checkEncoding', tests: ['simulator', 'row 19'] },
  { name: 'signatures, at readers', file: 'records/dist/src/verify.js', code: 'checkForm(record, rules) ?? checkProof(record, crypto) ??', instead: 'checkForm(record, rules) ??', tests: ['kad-behaviour', 'get|read|believ'] },
  { name: 'a newer record stays', file: 'records/dist/src/memory-record-store.js', code: 'return record.seq < held.seq ? \'older-seq\' : \'same-seq-other-value\'', instead: 'return undefined', tests: ['simulator', 'row 19'] },
  { name: 'form of records', file: 'records/dist/src/verify.js', code: 'return checkForm(record, rules) ?? checkProof(record, crypto)', instead: 'return checkProof(record, crypto)', tests: ['records', 'attack 19|refuse|malformed'] },
  { name: 'a record answers what was asked', file: 'records/dist/src/verify.js', code: 'return isAsked(record, asked) ?', instead: 'return true ?', tests: ['records', 'wrong-key|asked'] },
  { name: 'validators, at holders', file: 'records/dist/src/memory-record-store.js', code: 'const objection = this.#policies?.validate(record)', instead: 'const objection = undefined', tests: ['kad-behaviour', 'polic|validat'] },
  { name: 'validators, at readers', file: 'kad-behaviour/dist/src/get-tally.js', code: 'return this.#policies?.validate(record) === undefined ?', instead: 'return true ?', tests: ['kad-behaviour', 'polic|validat'] },
  { name: 'validators, of advertisements', file: 'kad-behaviour/dist/src/discover.js', code: 'if (this.#kad.options.policies?.validate(record) !== undefined)', instead: 'if (false)', tests: ['kad-behaviour', 'polic|validat'] },
  { name: 'bytes of a store', file: 'records/dist/src/room.js', code: 'while (records > 0 || bytes > 0 || soft > 0)', instead: 'while (records > 0 || soft > 0)', tests: ['records', 'row 21'] },
  { name: 'the farthest leaves a full store', file: 'records/dist/src/room.js', code: 'yield* holdings.recordsBeyond(newcomer.keyId)', instead: 'return', tests: ['records', 'row 21'] },
  { name: 'quota of a publisher', file: 'records/dist/src/room.js', code: 'return isOver ? \'publisher-quota\' : undefined', instead: 'return undefined', tests: ['records', 'ublisher'] },
  { name: 'quota of an IP group', file: 'records/dist/src/room.js', code: 'return isOver ? \'group-quota\' : undefined', instead: 'return undefined', tests: ['records', 'roup'] }
]
