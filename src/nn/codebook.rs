//! A codebook: vectors that stand for what is near them, learnt by averages (van den Oord et al. 2017, "Neural discrete
//! representation learning", appendix A.1).
//!
//! Must not know: any one system, files.

use super::{Noise, Tensors};
use burn::tensor::{Device, Int, Tensor, TensorData};

/// Names of the averages in checkpoints, as in the best-known PyTorch program of VQ-VAE-2.
pub const COUNTS: &str = "cluster_size";
/// See [`COUNTS`].
pub const SUMS: &str = "embed_avg";
/// Name of the number of steps that the averages have followed.
pub const STEPS: &str = "steps";

/// How slowly the averages follow (γ), once they have for a while.
const DECAY: f32 = 0.99;
/// Laplace smoothing of the counts, so that an unused entry divides by no zero.
const EPSILON: f32 = 1e-5;
/// An entry whose averaged count falls below this share of an even use is dead, and begins anew at a vector of the batch.
const DEAD: f32 = 0.03;

/// `entries` vectors of `d` numbers with the averages that they follow. It is no parameter: no gradient moves it.
#[derive(Clone)]
pub struct Codebook {
    /// The vectors `[entries, d]`.
    vectors: Tensor<2>,
    /// Averaged counts of what each entry stood for in a batch `[entries]`.
    counts: Tensor<1>,
    /// Averaged sums of that `[entries, d]`.
    sums: Tensor<2>,
    /// Whether its vectors have been taken from data.
    begun: bool,
    /// Steps that the averages have followed.
    steps: u64,
}

/// How a codebook was used in a batch.
pub struct Use {
    /// exp(H) of the codes' use: `[1]`, from 1 to the number of entries.
    pub perplexity: Tensor<1>,
    /// The part of the entries that stood for something: `[1]`.
    pub in_use: Tensor<1>,
}

/// What a codebook makes of a batch of vectors.
pub struct Quantised {
    /// Entries `[m]`.
    pub codes: Tensor<1, Int>,
    /// Their vectors `[m, d]`.
    pub vectors: Tensor<2>,
}

impl Codebook {
    /// Vectors that wait for the first batch, from which they are taken: one drawn from N(0, 1) is near no encoding, and
    /// a handful of entries would stand for everything.
    pub fn new(entries: usize, d: usize, device: &Device) -> Self {
        Self {
            vectors: Tensor::zeros([entries, d], device),
            counts: Tensor::ones([entries], device),
            sums: Tensor::zeros([entries, d], device),
            begun: false,
            steps: 0,
        }
    }

    /// Entries that there are.
    pub fn entries(&self) -> usize {
        self.vectors.dims()[0]
    }

    /// The vectors `[entries, d]`.
    pub fn vectors(&self) -> Tensor<2> {
        self.vectors.clone()
    }

    /// A copy on the device that the pictures to look at are drawn on.
    pub fn valid(&self) -> Self {
        Self {
            vectors: self.vectors.clone().inner(),
            counts: self.counts.clone().inner(),
            sums: self.sums.clone().inner(),
            begun: self.begun,
            steps: self.steps,
        }
    }

    /// The nearest entry of each vector, by ‖x‖² − 2x·e + ‖e‖², whose first term is the same for all: `[m, d]`.
    pub fn quantise(&self, x: Tensor<2>) -> Quantised {
        let m = x.dims()[0];
        let lengths = self.vectors.clone().square().sum_dim(1).transpose(); // [1, entries]
        let distances = lengths - x.matmul(self.vectors.clone().transpose()) * 2.0; // [m, entries]
        let codes = distances.argmin(1).reshape([m]); // [m]
        let vectors = self.lookup(codes.clone()); // [m, d]
        Quantised { codes, vectors }
    }

    /// The vectors of codes: `[m]` → `[m, d]`.
    pub fn lookup(&self, codes: Tensor<1, Int>) -> Tensor<2> {
        self.vectors.clone().select(0, codes)
    }

    /// Takes the vectors from a batch of encodings `[m, d]`, at the first call.
    pub fn begin(&mut self, x: &Tensor<2>, noise: &mut Noise) {
        if self.begun {
            return;
        }
        self.vectors = self.some(x, noise);
        self.sums = self.vectors.clone();
        self.begun = true;
    }

    /// As many vectors of a batch `[m, d]` as there are entries, by chance.
    fn some(&self, x: &Tensor<2>, noise: &mut Noise) -> Tensor<2> {
        let (m, entries) = (x.dims()[0], self.entries());
        let order = noise.permutation(m);
        let picks: Vec<i32> = (0..entries).map(|i| order[i % m] as i32).collect();
        x.clone().select(0, Tensor::from_data(TensorData::new(picks, [entries]), &x.device()))
    }

    /// γ now. At first the encoder runs away from a codebook that follows slowly, a few entries stand for everything, and it
    /// takes hundreds of steps to see that the others are dead.
    fn decay(&self) -> f32 {
        let t = self.steps as f32;
        ((1.0 + t) / (10.0 + t)).min(DECAY)
    }

    /// Moves the vectors to the averages of what they stood for (equations 6 to 8 of the paper), and begins dead ones
    /// anew. `x`: encodings `[m, d]` without gradients, `codes`: their entries `[m]`.
    pub fn learn(&mut self, x: Tensor<2>, codes: Tensor<1, Int>, noise: &mut Noise) -> Use {
        let (m, entries) = (x.dims()[0], self.entries());
        let hot = codes.one_hot::<2>(entries).float(); // [m, entries]
        let counts = hot.clone().sum_dim(0).reshape([entries]); // [entries]
        let sums = hot.transpose().matmul(x.clone()); // [entries, d]
        let decay = self.decay();
        self.steps += 1;
        self.counts = self.counts.clone() * decay + counts.clone() * (1.0 - decay);
        self.sums = self.sums.clone() * decay + sums * (1.0 - decay);
        let fresh = self.some(&x, noise); // [entries, d]
        let even = m as f32 / entries as f32;
        let dead = self.counts.clone().lower_elem(DEAD * even); // [entries]
        self.counts = self.counts.clone().mask_fill(dead.clone(), even);
        let dead = dead.reshape([entries, 1]).expand(self.sums.dims()); // [entries, d]
        self.sums = self.sums.clone().mask_where(dead, fresh * even);
        let total = self.counts.clone().sum(); // [1]
        let smooth = (self.counts.clone() + EPSILON) / (total.clone() + entries as f32 * EPSILON) * total;
        self.vectors = self.sums.clone() / smooth.reshape([entries, 1]); // [entries, d]
        let in_use = counts.clone().clamp(0.0, 1.0).mean();
        let p = counts / m as f32;
        // Where nothing is used 0 · ln 0 is 0.
        Use { perplexity: (-(p.clone() * (p + 1e-10).log()).sum()).exp(), in_use }
    }

    /// Its tensors by name, as host data.
    pub fn collect(&self, prefix: &str) -> Vec<(String, TensorData)> {
        let name = |leaf: &str| format!("{prefix}.{leaf}");
        let inner = self.valid();
        vec![
            (name("embed"), inner.vectors.into_data()),
            (name(COUNTS), inner.counts.into_data()),
            (name(SUMS), inner.sums.into_data()),
            (name(STEPS), TensorData::new(vec![self.steps as f32], [1])),
        ]
    }

    /// Takes its tensors back. A file that has the vectors alone begins the averages at them.
    pub fn restore(&mut self, prefix: &str, tensors: &Tensors) -> Result<(), String> {
        let device = self.vectors.device();
        let [entries, d] = self.vectors.dims();
        let find = |leaf: &str, shape: &[usize]| -> Result<Option<TensorData>, String> {
            let name = format!("{prefix}.{leaf}");
            match tensors.get(&name) {
                Some(data) if data.shape().to_vec() == shape => Ok(Some(data.clone())),
                Some(data) => {
                    Err(format!("tensor {name} has shape {:?}, not {shape:?}", data.shape().to_vec()))
                }
                None => Ok(None),
            }
        };
        let vectors =
            find("embed", &[entries, d])?.ok_or_else(|| format!("tensor {prefix}.embed is missing"))?;
        // One that was saved before its first batch still waits for it.
        self.begun = vectors.iter::<f32>().any(|v| v != 0.0);
        self.vectors = Tensor::from_data(vectors, &device);
        // Averages of which it is not told have followed for long.
        let steps = find(STEPS, &[1])?.and_then(|data| data.iter::<f32>().next());
        self.steps = steps.map_or(u64::from(u32::MAX), |steps| steps as u64);
        match (find(COUNTS, &[entries])?, find(SUMS, &[entries, d])?) {
            (Some(counts), Some(sums)) => {
                self.counts = Tensor::from_data(counts, &device);
                self.sums = Tensor::from_data(sums, &device);
            }
            _ => {
                self.counts = Tensor::ones([entries], &device);
                self.sums = self.vectors.clone();
                self.steps = 0;
            }
        }
        Ok(())
    }
}
