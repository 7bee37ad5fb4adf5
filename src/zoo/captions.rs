//! Captions as the numbers that a network takes, for batches of points and of data.
//!
//! Must not know: any one system, how words become vectors.

use crate::data::vocabulary;
use crate::point::{Texts, Value};
use burn::tensor::{Device, Int, Tensor, TensorData};

/// Captions of a batch of `n` points.
#[derive(Clone, Debug)]
pub struct Told {
    /// What the points have: a text each, or a place on the way between two.
    pub values: Vec<Value>,
    /// The texts, or those that ways begin at: `[n, words]`.
    pub from: Tensor<2, Int>,
    /// Where some are on a way: the texts at its end `[n, words]`, and the part of it that is behind each, 0–1: `[n]`.
    pub to: Option<(Tensor<2, Int>, Tensor<1>)>,
}

/// Texts as numbers: `[n, words]`, as wide as the longest of them and at most `longest`; what is shorter ends in
/// [`vocabulary::PADDING`].
pub fn tokens<T: AsRef<str>>(
    known: &[String],
    longest: usize,
    texts: &[T],
    device: &Device,
) -> Tensor<2, Int> {
    let wide = texts.iter().map(|text| vocabulary::words(text.as_ref()).len()).max();
    let wide = wide.unwrap_or(0).clamp(1, longest.max(1));
    let all: Vec<i32> =
        texts.iter().flat_map(|text| vocabulary::tokens(known, wide, text.as_ref())).collect();
    Tensor::from_data(TensorData::new(all, [texts.len(), wide]), device)
}

impl Told {
    /// Checked values of an input of texts; what is none of them is a text without words.
    pub fn of(values: Vec<Value>, known: &[String], longest: usize, device: &Device) -> Self {
        let ends = |value: &Value| match value {
            Value::Text(text) => (text.clone(), text.clone(), 0.0),
            Value::Texts(Texts { from, to, part }) => (from.clone(), to.clone(), *part),
            _ => Default::default(),
        };
        let (mut from, mut to, mut part) = (Vec::new(), Vec::new(), Vec::new());
        for (a, b, t) in values.iter().map(ends) {
            from.push(a);
            to.push(b);
            part.push(t);
        }
        let between = part.iter().any(|t| *t > 0.0);
        let n = values.len();
        let to = between.then(|| {
            let part = Tensor::from_data(TensorData::new(part, [n]), device); // [n]
            (tokens(known, longest, &to, device), part)
        });
        Self { from: tokens(known, longest, &from, device), to, values }
    }

    /// The same of each point `n` times.
    pub fn repeated(&self, n: usize) -> Self {
        let to = self.to.clone().map(|(to, part)| (to.repeat_dim(0, n), part.repeat_dim(0, n)));
        let values = std::iter::repeat_n(&self.values, n).flatten().cloned().collect();
        Self { values, from: self.from.clone().repeat_dim(0, n), to }
    }

    /// Vectors of the texts by an encoder (`[n, words]` → `[n, dims]`), on a way that part of it: `[n, dims]`.
    pub fn encoded(&self, encode: impl Fn(Tensor<2, Int>) -> Tensor<2>) -> Tensor<2> {
        let from = encode(self.from.clone()); // [n, dims]
        match &self.to {
            Some((to, part)) => {
                let part = part.clone().unsqueeze_dim::<2>(1); // [n, 1]
                from.clone() * (-part.clone() + 1.0) + encode(to.clone()) * part // [n, dims]
            }
            None => from,
        }
    }
}
