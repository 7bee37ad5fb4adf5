//! One loss over a run of any length: every value is kept, and bins of 4, 16, 64 … values with their minimum, maximum
//! and mean, so that any stretch is drawn from about a thousand bins and no spike is lost.
//!
//! Must not know: what the values mean, how they are drawn.

/// Smallest, largest and mean value of some steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bin {
    /// Smallest value.
    pub min: f32,
    /// Largest value.
    pub max: f32,
    /// Mean value.
    pub mean: f32,
}

const FACTOR: usize = 4;

/// The values of steps 1, 2, 3 …; a value that is not finite counts as missing.
#[derive(Clone, Debug, Default)]
pub struct Curve {
    values: Vec<f32>,
    /// `levels[k]` has one bin for every 4^(k+1) values; the last, unfinished bin is not in it yet.
    levels: Vec<Vec<Bin>>,
}

/// A drawn point: the middle step of a bin, and the bin.
pub type Point = (f64, Bin);

impl Curve {
    /// Number of steps.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is nothing yet.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Forgets what comes at step `first` (from 1) and later, as a resumed run may repeat steps.
    pub fn truncate(&mut self, first: u64) {
        let keep = (first.max(1) - 1) as usize;
        self.values.truncate(keep);
        let mut size = 1;
        for level in &mut self.levels {
            size *= FACTOR;
            level.truncate(keep / size);
        }
    }

    /// Appends the next step's value.
    pub fn push(&mut self, value: f32) {
        self.values.push(value);
        let mut size = FACTOR;
        let mut k = 0;
        while self.values.len().is_multiple_of(size) {
            let bins: Vec<Bin> = match k {
                0 => self.values[self.values.len() - FACTOR..].iter().map(|v| single(*v)).collect(),
                _ => {
                    let below = &self.levels[k - 1];
                    below[below.len() - FACTOR..].to_vec()
                }
            };
            if self.levels.len() == k {
                self.levels.push(Vec::new());
            }
            self.levels[k].push(join(&bins));
            size *= FACTOR;
            k += 1;
        }
    }

    /// The value of a step (from 1).
    pub fn at(&self, step: u64) -> Option<f32> {
        self.values.get((step as usize).checked_sub(1)?).copied()
    }

    /// The steps from `from` to `to` (from 1, both included) as at most `4 × most` points.
    pub fn points(&self, from: f64, to: f64, most: usize) -> Vec<Point> {
        let last = self.values.len();
        let first = (from.floor().max(1.0) as usize - 1).min(last);
        let end = (to.ceil().max(0.0) as usize).min(last);
        let (mut size, mut level) = (1, 0);
        while end.saturating_sub(first) / size > most && level < self.levels.len() {
            size *= FACTOR;
            level += 1;
        }
        let middle = |i: usize| (i * size) as f64 + (size as f64 + 1.0) / 2.0;
        if level == 0 {
            return (first..end).map(|i| (middle(i), single(self.values[i]))).filter(finite).collect();
        }
        let bins = &self.levels[level - 1];
        let whole = (first / size..(end / size).min(bins.len())).map(|i| (middle(i), bins[i]));
        // The newest steps, which fill no bin yet, must be seen as well.
        let rest = (bins.len() * size).max(first);
        let tail: Vec<Bin> = (rest..end).map(|i| single(self.values[i])).collect();
        let tail = (!tail.is_empty()).then(|| ((rest + end + 1) as f64 / 2.0, join(&tail)));
        whole.chain(tail).filter(finite).collect()
    }

    /// Smallest distance between the points that [`Curve::points`] gives for the same question, in steps.
    pub fn bin_size(&self, from: f64, to: f64, most: usize) -> usize {
        let mut size = 1;
        let span = (to.min(self.values.len() as f64) - from.max(0.0)).max(0.0) as usize;
        for _ in &self.levels {
            if span / size <= most {
                break;
            }
            size *= FACTOR;
        }
        size
    }
}

/// Exponential moving average over points that are `bin` steps apart: `smoothing` is the weight of the past per step
/// at a bin size of one, as in TensorBoard, with its correction for the start.
pub fn smooth(points: &[Point], smoothing: f64, bin: usize) -> Vec<[f64; 2]> {
    let keep = smoothing.clamp(0.0, 0.9999).powf((bin as f64).sqrt());
    let (mut sum, mut weight) = (0.0, 0.0);
    let next = |(x, b): &Point| {
        sum = sum * keep + f64::from(b.mean) * (1.0 - keep);
        weight = weight * keep + (1.0 - keep);
        [*x, sum / weight]
    };
    points.iter().map(next).collect()
}

fn single(v: f32) -> Bin {
    Bin { min: v, max: v, mean: v }
}

fn finite((_, b): &Point) -> bool {
    b.mean.is_finite()
}

fn join(bins: &[Bin]) -> Bin {
    let there: Vec<_> = bins.iter().filter(|b| b.mean.is_finite()).collect();
    let n = there.len() as f32;
    Bin {
        min: there.iter().map(|b| b.min).fold(f32::INFINITY, f32::min),
        max: there.iter().map(|b| b.max).fold(f32::NEG_INFINITY, f32::max),
        mean: if there.is_empty() { f32::NAN } else { there.iter().map(|b| b.mean).sum::<f32>() / n },
    }
}
