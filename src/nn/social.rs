//! What reads and foretells the tracks of people who give way to each other (Gupta, Johnson, Fei-Fei, Savarese and Alahi 2018): an
//! encoder that reads each track, a pooling of what the others of a scene are about to do, and a decoder that walks on. All of it sees
//! steps and distances alone, so that nothing depends on where the origin is; and the pooling takes a maximum, so that nothing depends
//! on the order of people.
//!
//! Must not know: any one system, where tracks come from.

use super::dual::{self, Dual};
use super::fast;
use super::lstm::Lstm;
use super::mlp::{Bend, Mlp};
use super::tap::Watch;
use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::{Device, Int, Tensor, TensorData};

/// Who is in which scene, as what tensors are picked by.
#[derive(Clone, Debug)]
pub struct Company {
    /// The scene of each person `[people]`.
    pub scene: Tensor<1, Int>,
    /// Of each person all of their scene, and to fill up themselves again: `[people · most]`.
    others: Tensor<1, Int>,
    /// Each person as often as they have others: `[people · most]`.
    selves: Tensor<1, Int>,
    /// 1 / people of the scene where a person is in it, else 0: `[people, scenes]`.
    pub share: Tensor<2>,
    /// The first person of each scene `[scenes]`.
    pub first: Tensor<1, Int>,
    /// Most people in a scene.
    most: usize,
}

impl Company {
    /// That of scenes of so many people.
    pub fn of(counts: &[usize], device: &Device) -> Self {
        let (people, most) = (counts.iter().sum::<usize>(), counts.iter().copied().max().unwrap_or(0));
        let (mut scene, mut first) = (Vec::with_capacity(people), Vec::with_capacity(counts.len()));
        let (mut others, mut selves) = (Vec::with_capacity(people * most), Vec::with_capacity(people * most));
        let mut share = vec![0.0f32; people * counts.len()];
        let mut start = 0;
        for (k, count) in counts.iter().enumerate() {
            first.push(start as i32);
            for i in start..start + count {
                scene.push(k as i32);
                share[i * counts.len() + k] = 1.0 / *count as f32;
                // A maximum does not mind that somebody is there twice.
                others.extend((0..most).map(|j| if j < *count { (start + j) as i32 } else { i as i32 }));
                selves.extend(std::iter::repeat_n(i as i32, most));
            }
            start += count;
        }
        let whole = |all: Vec<i32>| {
            let count = all.len();
            Tensor::<1, Int>::from_data(TensorData::new(all, [count]), device)
        };
        Self {
            scene: whole(scene),
            others: whole(others),
            selves: whole(selves),
            share: Tensor::from_data(TensorData::new(share, [people, counts.len()]), device),
            first: whole(first),
            most,
        }
    }
}

/// Steps from place to place: `[n, steps, 2]` → `[n, steps − 1, 2]`.
pub fn moves(at: Tensor<3>) -> Tensor<3> {
    let steps = at.dims()[1];
    at.clone().slice_dim(1, 1..steps) - at.slice_dim(1, 0..steps - 1)
}

/// Reads tracks: `[n, steps, 2]` → `[n, units]`.
#[derive(Module, Debug)]
pub struct Encoder {
    embedding: Linear,
    lstm: Lstm,
}

impl Encoder {
    /// Steps become `embedding` numbers, tracks `units`.
    pub fn new(embedding: usize, units: usize, device: &Device) -> Self {
        Self {
            embedding: LinearConfig::new(2, embedding).init(device),
            lstm: Lstm::new(embedding, units, device),
        }
    }

    /// `[n, steps, 2]` → `[n, units]`.
    pub fn forward(&self, at: Dual<3>) -> Dual<2> {
        let [n, steps, _] = at.value.dims();
        let moved = at.linear(|x| moves(x).reshape([n * (steps - 1), 2])); // [n · (steps − 1), 2]
        let seen = dual::dense(&self.embedding, moved, fast::NOTHING); // [n · (steps − 1), embedding]
        self.lstm.read(seen, steps - 1).0 // [n, units]
    }
}

/// What others of the scene are about to do: `[n, units]` → `[n, to]`.
#[derive(Module, Debug)]
pub struct Pooling {
    embedding: Linear,
    mlp: Mlp,
}

impl Pooling {
    /// Distances become `embedding` numbers, and with the `units` of the other `to` of them by way of `hidden`.
    pub fn new([embedding, units, hidden, to]: [usize; 4], device: &Device) -> Self {
        Self {
            embedding: LinearConfig::new(2, embedding).init(device),
            mlp: Mlp::new([embedding + units, to], hidden, 1, Bend::Relu, device),
        }
    }

    /// What each has read `[n, units]`, and where each is `[n, 2]` → `[n, to]`.
    pub fn forward(&self, read: Tensor<2>, at: Tensor<2>, company: &Company, own: &str) -> Tensor<2> {
        let (n, most) = (read.dims()[0], company.most);
        let far = at.clone().select(0, company.others.clone()) - at.select(0, company.selves.clone()); // [n · most, 2]
        let far = fast::dense(&self.embedding, far, fast::NOTHING); // [n · most, embedding]
        let pairs = Tensor::cat(vec![far, read.select(0, company.others.clone())], 1); // [n · most, embedding + units]
        let told = self.mlp.forward(pairs, own, &mut Watch::nobody()).value; // [n · most, to]
        let to = told.dims()[1];
        told.reshape([n, most, to]).max_dim(1).reshape([n, to]) // [n, to]
    }
}

/// What a decoder gave of `n` people.
pub struct Walked {
    /// Where they are, from where they were last: `[n, steps, 2]`.
    pub at: Tensor<3>,
    /// Their steps: `[n, steps, 2]`.
    pub moves: Tensor<3>,
    /// What is remembered at the end: `[n, units]`.
    pub hidden: Tensor<2>,
}

/// Walks on: `[n, units]` → `[n, steps, 2]`.
#[derive(Module, Debug)]
pub struct Decoder {
    embedding: Linear,
    lstm: Lstm,
    place: Linear,
}

impl Decoder {
    /// Steps become `embedding` numbers; `units` are remembered.
    pub fn new(embedding: usize, units: usize, device: &Device) -> Self {
        Self {
            embedding: LinearConfig::new(2, embedding).init(device),
            lstm: Lstm::new(embedding, units, device),
            place: LinearConfig::new(units, 2).init(device),
        }
    }

    /// So many steps, by what is remembered at first `[n, units]` and the last step that was observed `[n, 2]`.
    pub fn forward(&self, hidden: Tensor<2>, last: Tensor<2>, steps: usize) -> Walked {
        let [n, _] = hidden.dims();
        let (_, c) = self.lstm.blank(n, &hidden.device());
        let (mut memory, mut moved) = ((Dual::from(hidden), c), last);
        let (mut all, mut places) = (Vec::with_capacity(steps), Vec::with_capacity(steps));
        let mut at = moved.zeros_like(); // [n, 2]
        for _ in 0..steps {
            let seen = fast::dense(&self.embedding, moved, fast::NOTHING); // [n, embedding]
            memory = self.lstm.step(seen.into(), memory); // [n, units] each
            moved = fast::dense(&self.place, memory.0.value.clone(), fast::NOTHING); // [n, 2]
            at = at + moved.clone(); // [n, 2]
            all.push(moved.clone().reshape([n, 1, 2])); // [n, 1, 2]
            places.push(at.clone().reshape([n, 1, 2])); // [n, 1, 2]
        }
        let (at, moves) = (Tensor::cat(places, 1), Tensor::cat(all, 1)); // [n, steps, 2] each
        Walked { at, moves, hidden: memory.0.value } // [n, units]
    }
}
