/** What the help says below the options. */
export const programEpilogue = `
A network in three terminals:
  kadmium bootstrap --port 8001
  kadmium join 127.0.0.1:8001
  kadmium put hello world --bootstrap 127.0.0.1:8001
  kadmium get hello --bootstrap 127.0.0.1:8001

Exit codes: 0 ok, 1 failed, 2 usage, 3 not found, 4 unreachable.
Results go to stdout, everything else to stderr.`

export const examples: Readonly<Record<string, string>> = {
  bootstrap: `
Examples:
  kadmium bootstrap                              all interfaces, port 8001
  kadmium bootstrap --host ::1 --port 0 --json   IPv6 loopback, any free port`,
  join: `
Examples:
  kadmium join 127.0.0.1:8001
  kadmium join seed.example.org:8001 [2001:db8::1]:8001 --port 8002`,
  put: `
Examples:
  kadmium put greeting "hello world" --bootstrap 127.0.0.1:8001
  date | kadmium put now - --ttl 10m --quorum all --bootstrap 127.0.0.1:8001 --json
  kadmium store --key greeting --value hello --bootstrap [::1]:8001

With --json: key, keyId, storedOn, storedLocally, refused, asked, elapsedMs.
Exit codes: 0 stored, 1 the quorum was missed, 4 no seed answers.`,
  get: `
Examples:
  kadmium get greeting --bootstrap 127.0.0.1:8001
  kadmium get greeting --bootstrap 127.0.0.1:8001 --json

With --json: key, keyId, value, hops, asked, elapsedMs. A value that is no text comes as base64,
with "encoding":"base64".
Exit codes: 0 found, 3 nobody has it, 4 no seed answers.`,
  delete: `
Examples:
  kadmium delete greeting --bootstrap 127.0.0.1:8001

Exit codes: 0 removed, 1 the quorum was missed, 4 no seed answers.`,
  advertise: `
Examples:
  kadmium advertise chess --bootstrap 127.0.0.1:8001 --port 8002
  kadmium advertise chess --payload "white" --ttl 10m --bootstrap 127.0.0.1:8001`,
  discover: `
Examples:
  kadmium discover chess --bootstrap 127.0.0.1:8001
  kadmium discover chess --bootstrap 127.0.0.1:8001 --follow --json

With --json: id, addresses, payload (where there is one).
Exit codes: 0 somebody is there, 3 nobody, 4 no seed answers.`,
  find: `
Examples:
  kadmium find greeting --bootstrap 127.0.0.1:8001
  kadmium find 356a192b7913b04c54574d18c28d46e6395428ab --bootstrap 127.0.0.1:8001`,
  ping: `
Examples:
  kadmium ping 127.0.0.1:8001
  kadmium ping 356a192b7913b04c54574d18c28d46e6395428ab --bootstrap 127.0.0.1:8001`,
  shell: `
Examples:
  kadmium shell --bootstrap 127.0.0.1:8001
  printf 'put test value\\nget test\\n' | kadmium shell

help in the shell lists its commands.`,
  simulate: `
Examples:
  kadmium simulate --nodes 1000 --seed 7
  kadmium simulate --nodes 1000 --loss 5% --churn 60m --lookups 2000 --plot run.svg
  kadmium simulate --scenario storm.yaml --record run.ndjson
  kadmium simulate --nodes 200 --compose examples/gossip.mjs
  kadmium simulate --replay run.ndjson

Exit codes: 0 ok, 1 a replay differs from its recording, 2 usage.`,
  cluster: `
Examples:
  kadmium cluster
  kadmium cluster --nodes 20 --port 9000`
}
