/**
 * Round trips in milliseconds between ten regions of a large cloud, rounded from public measurements: Virginia, Oregon,
 * São Paulo, Ireland, Frankfurt, Mumbai, Singapore, Tokyo, Sydney, Cape Town.
 */
export const CLOUD_REGIONS: readonly (readonly number[])[] = [
  [2, 65, 115, 68, 92, 190, 215, 150, 200, 230],
  [65, 2, 175, 120, 145, 220, 165, 100, 140, 285],
  [115, 175, 2, 177, 203, 300, 325, 255, 310, 340],
  [68, 120, 177, 2, 25, 125, 175, 200, 255, 160],
  [92, 145, 203, 25, 2, 110, 160, 225, 245, 155],
  [190, 220, 300, 125, 110, 2, 60, 120, 150, 270],
  [215, 165, 325, 175, 160, 60, 2, 70, 92, 320],
  [150, 100, 255, 200, 225, 120, 70, 2, 105, 355],
  [200, 140, 310, 255, 245, 150, 92, 105, 2, 410],
  [230, 285, 340, 160, 155, 270, 320, 355, 410, 2]
]
