/**
 * Lognormal draws that are the same on every machine. `Math.exp` and `Math.log` may differ in their last bit between
 * engines, and one bit of one latency would change a whole run; these use only arithmetic that IEEE 754 defines exactly.
 */

import type { Random } from '@kadmium/interface'

const LN2 = 0.6931471805599453
const EXP_TERMS = 14
const LOG_TERMS = 14
const HALF_STEP = 1 / 8_589_934_592

/** A draw of `median · e^(sigma · Z)`, Z standard normal. */
export function lognormal (median: number, sigma: number, random: Random): number {
  return median * exp(sigma * normalQuantile(random.float() + HALF_STEP))
}

/** Taylor series after range reduction; relative error below 1e-15 for |x| < 700. */
export function exp (x: number): number {
  const doublings = Math.round(x / LN2)
  const rest = x - doublings * LN2
  let sum = 1
  for (let term = EXP_TERMS; term > 0; term--) sum = 1 + sum * rest / term
  for (let i = 0; i < doublings; i++) sum *= 2
  for (let i = 0; i > doublings; i--) sum *= 0.5
  return sum
}

/** The series of 2·atanh((x − 1)/(x + 1)) after range reduction; relative error below 1e-14 for 2^-40 < x < 2^40. */
export function log (x: number): number {
  let doublings = 0
  for (; x > 1.5; x *= 0.5) doublings++
  for (; x < 0.75; x *= 2) doublings--
  const z = (x - 1) / (x + 1)
  let sum = 0
  for (let term = LOG_TERMS; term >= 0; term--) sum = sum * z * z + 1 / (2 * term + 1)
  return 2 * z * sum + doublings * LN2
}

/** Peter Acklam's approximation of the inverse of the normal distribution (2003); relative error below 1.15e-9. */
export function normalQuantile (probability: number): number {
  return probability > 0.5 ? -lowerQuantile(1 - probability) : lowerQuantile(probability)
}

function lowerQuantile (probability: number): number {
  if (probability < 0.02425) {
    const q = Math.sqrt(-2 * log(probability))
    return polynomial(TAIL_NUMERATOR, q) / (polynomial(TAIL_DENOMINATOR, q) * q + 1)
  }
  const q = probability - 0.5
  return polynomial(CENTRE_NUMERATOR, q * q) * q / (polynomial(CENTRE_DENOMINATOR, q * q) * q * q + 1)
}

const CENTRE_NUMERATOR = [-3.969683028665376e+01, 2.209460984245205e+02, -2.759285104469687e+02, 1.383577518672690e+02, -3.066479806614716e+01, 2.506628277459239]
const CENTRE_DENOMINATOR = [-5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02, 6.680131188771972e+01, -1.328068155288572e+01]
const TAIL_NUMERATOR = [-7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838, -2.549732539343734, 4.374664141464968, 2.938163982698783]
const TAIL_DENOMINATOR = [7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996, 3.754408661907416]

/** Horner's scheme, highest power first. */
function polynomial (coefficients: readonly number[], x: number): number {
  let sum = 0
  for (let i = 0; i < coefficients.length; i++) sum = sum * x + coefficients[i]!
  return sum
}
