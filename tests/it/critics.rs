//! Critics that stand alone, with convolutions of each channel by itself.
//!
//! Must not know: how they are found.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use crate::inferred::{Maker, remember, tensors};
use crate::strangers::{Made, torch_zip};
use burn::tensor::{Device, Tensor};
use zscope::nn::Noise;
use zscope::nn::network::run::{Runner, Value};
use zscope::nn::network::{Layer, Network, Op, Picture, Range};
use zscope::weights::open;

const SIDE: usize = 32;

fn noise(count: usize, device: &Device) -> Tensor<4> {
    let flat: Tensor<2> = Noise::new(9, 0).normal([count, 3 * SIDE * SIDE], device);
    flat.reshape([count, 3, SIDE, SIDE])
}

/// A classifier of strided convolutions and of one of each channel by itself, each with a norm and this activation.
fn classifier(act: &Op) -> (Network, Vec<Made>) {
    let mut m = Maker { noise: Noise::new(41, 0), made: Vec::new() };
    let mut critic: Vec<Layer> = Vec::new();
    for (i, (into, out)) in [(3, 12), (12, 16), (16, 24)].into_iter().enumerate() {
        m.conv(&format!("features.conv{i}"), into, out, 4);
        critic.push(Op::conv(format!("features.conv{i}"), 2, 1).into());
        critic.extend([m.norm(&format!("features.bn{i}"), out), act.clone().into()]);
    }
    m.normal("features.conv3.weight".into(), &[24, 1, 3, 3], 0.4, 0.0);
    critic.push(Op::conv("features.conv3", 1, 1).in_groups(24).into());
    critic.extend([m.norm("features.bn3", 24), act.clone().into()]);
    critic.extend([Op::flatten().into(), m.linear("fc", 24 * 16, 10)]);
    let picture =
        Picture { width: SIDE, height: SIDE, channels: 3, range: Range::Unit, ..Picture::default() };
    let network = Network { format: 1, picture, critic, ..Network::default() };
    let device = Device::flex();
    let mut made = m.made;
    remember(&network, &network.critic, Value::Map(noise(96, &device)), &mut made, &device);
    (network, made)
}

#[test]
fn channels_may_be_convolved_each_by_itself() {
    let (network, made) = classifier(&Op::Relu);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("classifier.pth");
    std::fs::write(&path, torch_zip(&made)).unwrap();
    let (checkpoint, _) = open::foreign(&path).unwrap_or_else(|e| panic!("{e}"));
    let found = *checkpoint.card.network.clone().unwrap();
    let device = Device::flex();
    let x = noise(4, &device);
    let ours = Runner::new(&network, &tensors(&made), &device).unwrap().discriminate(x.clone()).unwrap().0;
    let theirs = Runner::new(&found, &checkpoint.tensors, &device).unwrap().discriminate(x).unwrap().0;
    let worst = (theirs - ours).abs().max().into_data().iter::<f32>().next().unwrap();
    assert!(worst < 1e-4, "differs by {worst}: {found:#?}");
}
