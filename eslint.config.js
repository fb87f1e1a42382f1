import neostandard from 'neostandard'
import tseslint from 'typescript-eslint'
import { floors, forbiddenTo, io } from './scripts/floors.mjs'

const pure = Object.keys(floors).filter(name => !io.has(name))

/** Time and randomness are injected, or a run could not be replayed. The way out is named in each message. */
const ambient = {
  'no-restricted-globals': ['error',
    ...['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate', 'performance']
      .map(name => ({ name, message: 'Use the Clock you are given.' })),
    { name: 'crypto', message: 'Use the Crypto or Random you are given.' },
    ...['process', 'Buffer', 'console', 'fetch', 'WebSocket'].map(name => ({ name, message: 'This package is pure.' }))
  ],
  'no-restricted-properties': ['error',
    { object: 'Date', property: 'now', message: 'Use the Clock you are given.' },
    { object: 'AbortSignal', property: 'timeout', message: 'Use the Clock you are given.' },
    { object: 'Math', property: 'random', message: 'Use the Random you are given.' },
    { object: 'Math', property: 'pow', message: 'Its last bit differs between V8 versions.' },
    { object: 'globalThis', property: 'crypto', message: 'Use the Crypto or Random you are given.' }
  ],
  'no-restricted-syntax': ['error',
    { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: 'Use the Clock you are given.' },
    { selector: 'CallExpression[callee.name="Date"]', message: 'Use the Clock you are given.' },
    { selector: ':matches(BinaryExpression[operator="**"], AssignmentExpression[operator="**="])', message: 'Its last bit differs between V8 versions.' }
  ]
}

/** `no-restricted-imports` has one setting per file, so what applies to a folder is said here in one go. */
function imports (name, { nodeAllowed }) {
  return {
    'no-restricted-imports': ['error', {
      patterns: [
        { regex: `^@kadmium/(${forbiddenTo(name).join('|')})(/|$)`, message: `${name} is on floor ${floors[name]} and imports only from lower floors.` },
        { regex: '^@kadmium/[^/]+/', message: 'Import what the package exports, not its files.' },
        { regex: '^(\\.\\./)+(packages/)?[^./][^/]*/(src|dist)/', message: 'Import another package by its name.' },
        ...(nodeAllowed ? [] : [{ regex: '^node:', message: 'This package is pure.' }])
      ]
    }]
  }
}

export default [
  { ignores: ['**/dist/**', '**/src/generated/**', 'coverage/**', 'docs/api/**'] },
  ...neostandard({ ts: true }),
  {
    files: ['packages/*/{src,test}/**/*.ts', 'examples/**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { '@typescript-eslint': tseslint.plugin },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-redeclare': 'off', // a type and a value of one name are one idea
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      'no-void': ['error', { allowAsStatement: true }]
    }
  },
  ...Object.keys(floors).flatMap(name => [
    { files: [`packages/${name}/src/**/*.ts`], rules: imports(name, { nodeAllowed: io.has(name) }) },
    { files: [`packages/${name}/test/**/*.ts`], rules: imports(name, { nodeAllowed: true }) }
  ]),
  { files: pure.map(name => `packages/${name}/src/**/*.ts`), rules: ambient },
  { files: ['packages/*/test/**/*.ts'], rules: { '@typescript-eslint/no-unused-expressions': 'off', 'no-unused-expressions': 'off' } },
  { files: ['ambient.d.ts'], rules: { 'no-var': 'off', '@typescript-eslint/no-redeclare': 'off' } }
]
