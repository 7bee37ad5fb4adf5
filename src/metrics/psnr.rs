//! How like a picture is to the true one, by the protocol of the papers on super-resolution: PSNR and SSIM (Wang, Bovik,
//! Sheikh and Simoncelli 2004) of the luma Y alone, without a border as wide as the factor by which it was enlarged.
//!
//! Pictures are rounded to 8 bits first, as files have them. Y of a colour picture is that of ITU-R BT.601 with its range of 16 to 235
//! (MATLAB's `rgb2ycbcr`), of a grey one its own values; the peak is 255 for both. SSIM has the window of 11×11, a Gaussian of σ
//! 1.5, K₁ 0.01 and K₂ 0.03, and is the mean over the places where the whole window is inside.
//!
//! Must not know: how pictures were made, files.

/// Side of SSIM's window.
const WINDOW: usize = 11;
/// Its σ.
const SIGMA: f64 = 1.5;
/// The largest value.
const PEAK: f64 = 255.0;

/// The luma of one picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Luma {
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// `height × width` values, 0 to 255.
    pub values: Vec<f64>,
}

/// What is said of a picture beside the true one.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
pub struct Likeness {
    /// Peak signal-to-noise ratio of Y in dB; 100 where both are the same.
    pub psnr: f64,
    /// Structural similarity of Y, 1 where both are the same; `None`: they are smaller than its window.
    pub ssim: Option<f64>,
    /// Mean squared slope of Y from pixel to pixel, as a share of the true picture's: below 1 is blurred.
    pub energy: f64,
}

impl Luma {
    /// That of a picture of `channels × height × width` numbers, 0–1.
    pub fn of(picture: &[f32], channels: usize, height: usize, width: usize) -> Self {
        let plane = height * width;
        let byte = |c: usize, i: usize| {
            let v = picture.get(c * plane + i).copied().unwrap_or(0.0);
            (f64::from(v.clamp(0.0, 1.0)) * PEAK).round()
        };
        let y = |i: usize| match channels {
            3 => 16.0 + (65.481 * byte(0, i) + 128.553 * byte(1, i) + 24.966 * byte(2, i)) / PEAK,
            _ => byte(0, i),
        };
        Self { width, height, values: (0..plane).map(y).collect() }
    }

    /// Without a border of so many pixels; where nothing would be left it is as it is.
    pub fn cut(&self, border: usize) -> Self {
        if self.width <= 2 * border || self.height <= 2 * border {
            return self.clone();
        }
        let (width, height) = (self.width - 2 * border, self.height - 2 * border);
        let row = |y: usize| &self.values[(y + border) * self.width + border..][..width];
        Self { width, height, values: (0..height).flat_map(row).copied().collect() }
    }

    /// Mean squared slope from pixel to pixel, along both sides.
    pub fn energy(&self) -> f64 {
        let (w, h) = (self.width, self.height);
        let at = |y: usize, x: usize| self.values[y * w + x];
        let across = (0..h).flat_map(|y| (1..w).map(move |x| (y, x)));
        let along = (1..h).flat_map(|y| (0..w).map(move |x| (y, x)));
        let sum = across.map(|(y, x)| (at(y, x) - at(y, x - 1)).powi(2)).sum::<f64>()
            + along.map(|(y, x)| (at(y, x) - at(y - 1, x)).powi(2)).sum::<f64>();
        sum / (h * w.saturating_sub(1) + w * h.saturating_sub(1)).max(1) as f64
    }

    /// PSNR to another of the same size, in dB.
    pub fn psnr(&self, truth: &Self) -> f64 {
        let error: f64 = self.values.iter().zip(&truth.values).map(|(a, b)| (a - b).powi(2)).sum();
        let mean = error / self.values.len().max(1) as f64;
        (10.0 * (PEAK * PEAK / mean.max(1e-12)).log10()).min(100.0)
    }

    /// SSIM to another of the same size; `None`: the window does not fit in.
    pub fn ssim(&self, truth: &Self) -> Option<f64> {
        if self.width < WINDOW || self.height < WINDOW {
            return None;
        }
        let product = |a: &Self, b: &Self| Self {
            values: a.values.iter().zip(&b.values).map(|(a, b)| a * b).collect(),
            ..*a
        };
        let [a, b] = [self, truth].map(Self::blurred);
        let [aa, bb, ab] =
            [(self, self), (truth, truth), (self, truth)].map(|(a, b)| product(a, b).blurred());
        let [c1, c2] = [0.01, 0.03].map(|k: f64| (k * PEAK).powi(2));
        let one = |i: usize| {
            let (a, b) = (a[i], b[i]);
            let (va, vb, vab) = (aa[i] - a * a, bb[i] - b * b, ab[i] - a * b);
            (2.0 * a * b + c1) * (2.0 * vab + c2) / ((a * a + b * b + c1) * (va + vb + c2))
        };
        Some((0..a.len()).map(one).sum::<f64>() / a.len().max(1) as f64)
    }

    /// The means by SSIM's window, where all of it is inside.
    fn blurred(&self) -> Vec<f64> {
        let middle = (WINDOW / 2) as f64;
        let weight = |i: usize| (-(i as f64 - middle).powi(2) / (2.0 * SIGMA * SIGMA)).exp();
        let sum: f64 = (0..WINDOW).map(weight).sum();
        let kernel: Vec<f64> = (0..WINDOW).map(|i| weight(i) / sum).collect();
        let (w, h) = (self.width + 1 - WINDOW, self.height + 1 - WINDOW);
        let mean =
            |values: &mut dyn Iterator<Item = f64>| values.zip(&kernel).map(|(v, k)| v * k).sum::<f64>();
        let rows: Vec<f64> = self
            .values
            .chunks(self.width)
            .flat_map(|row| row.windows(WINDOW).map(|part| mean(&mut part.iter().copied())))
            .collect();
        let column = |i: usize| mean(&mut (0..WINDOW).map(|k| rows[i + k * w]));
        (0..h * w).map(column).collect()
    }
}

/// What is said of a picture beside the true one, both `channels × height × width` numbers, 0–1, where it was enlarged by `factor`.
pub fn likeness(
    picture: &[f32],
    truth: &[f32],
    [channels, height, width]: [usize; 3],
    factor: usize,
) -> Likeness {
    let [own, truth] = [picture, truth].map(|p| Luma::of(p, channels, height, width).cut(factor));
    Likeness {
        psnr: own.psnr(&truth),
        ssim: own.ssim(&truth),
        energy: own.energy() / truth.energy().max(1e-12),
    }
}
