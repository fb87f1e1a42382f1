import { noiseChannel, identityFrom } from './noise-support.ts'
import { channelCompliance } from './channel-compliance.ts'

channelCompliance({ name: 'noise', factory: noiseChannel(), identityFrom, authenticated: true, bounded: maxSessions => noiseChannel({ maxSessions }) })
