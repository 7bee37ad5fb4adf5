//! The same network as other frameworks keep it: channels last, rows of linear layers in that order, or without names.
//!
//! Must not know: how it is found.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use burn::tensor::{Device, Tensor, TensorData};
use zscope::nn::Noise;
use zscope::nn::network::run::{Runner, Value};
use zscope::nn::network::{Layer, Network, Op};
use zscope::weights::foreign::number::Kind;
use zscope::weights::foreign::{Archive, Entry, Layout};
use zscope::weights::infer;

const Z: usize = 12;
/// Channels of the map that the linear layer's numbers become, and its side.
const MAP: (usize, usize) = (24, 7);

fn entry(name: &str, shape: &[usize], values: Vec<f32>) -> Entry {
    assert_eq!(values.len(), shape.iter().product::<usize>());
    Entry { name: name.into(), shape: shape.to_vec(), kind: Kind::F32, values }
}

fn archive(tensors: Vec<Entry>) -> Archive {
    let (layout, part) = (Layout::Torch, String::new());
    Archive {
        format: "npz",
        layout,
        ordered: true,
        part,
        card: None,
        tensors,
        hints: Default::default(),
        objects: Default::default(),
    }
}

fn draw(archive: Archive) -> (Network, Vec<f32>) {
    let guess = infer::infer(archive).unwrap();
    let device = Device::flex();
    let runner = Runner::new(&guess.network, &guess.tensors, &device).unwrap();
    let z = Noise::new(7, 0).normal([3, Z], &device);
    (guess.network, runner.decode(z).unwrap().into_data().iter::<f32>().collect())
}

/// A generator of 28×28 in PyTorch's order: linear, and two transposed convolutions of 4×4.
fn torch() -> Vec<Entry> {
    let mut noise = Noise::new(3, 0);
    let (c, side) = MAP;
    let mut of = |name: &str, shape: &[usize], sigma: f32| {
        let values = noise.normals(shape.iter().product()).into_iter().map(|v| v * sigma).collect();
        entry(name, shape, values)
    };
    vec![
        of("dense.weight", &[c * side * side, Z], 0.3),
        of("dense.bias", &[c * side * side], 0.1),
        of("conv2d_transpose.weight", &[c, 13, 4, 4], 0.1),
        of("conv2d_transpose.bias", &[13], 0.1),
        of("conv2d_transpose_1.weight", &[13, 1, 4, 4], 0.1),
        of("conv2d_transpose_1.bias", &[1], 0.1),
    ]
}

/// Where the number of channel, row and column stands once channels are last.
fn last(i: usize) -> usize {
    let (c, side) = MAP;
    let (channel, pixel) = (i / (side * side), i % (side * side));
    pixel * c + channel
}

/// The same as TensorFlow keeps it.
fn tensorflow() -> Vec<Entry> {
    let keep = |e: Entry| {
        let name = e.name.replace(".weight", "/kernel:0").replace(".bias", "/bias:0");
        match *e.shape.as_slice() {
            [out, into] => {
                let mut values = vec![0.0; out * into];
                for (i, v) in e.values.iter().enumerate() {
                    values[i % into * out + last(i / into)] = *v;
                }
                entry(&name, &[into, out], values)
            }
            [into, out, k, _] => {
                let mut values = vec![0.0; e.values.len()];
                for (i, v) in e.values.iter().enumerate() {
                    let (pixel, pair) = (i % (k * k), i / (k * k));
                    values[(pixel * out + pair % out) * into + pair / out] = *v;
                }
                entry(&name, &[k, k, out, into], values)
            }
            [n] if n > 13 => {
                let mut values = vec![0.0; n];
                e.values.iter().enumerate().for_each(|(i, v)| values[last(i)] = *v);
                entry(&name, &[n], values)
            }
            _ => Entry { name, ..e },
        }
    };
    torch().into_iter().map(keep).collect()
}

fn apart(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn channels_last_draws_what_channels_first_does() {
    let (_, expected) = draw(archive(torch()));
    assert!(expected.iter().any(|v| v.abs() > 0.1), "the picture is empty");
    let (network, drawn) = draw(archive(tensorflow()));
    assert!(apart(&expected, &drawn) < 1e-5, "{}: {network:#?}", apart(&expected, &drawn));
}

/// Where a format sorts names, the linear layer stands last; it is still what begins.
#[test]
fn sorted_names_begin_with_the_vector() {
    let (_, expected) = draw(archive(torch()));
    let mut tensors = torch();
    tensors.iter_mut().for_each(|e| e.name = e.name.replace("dense", "z_dense"));
    tensors.sort_by(|a, b| a.name.cmp(&b.name));
    let (network, drawn) = draw(Archive { ordered: false, ..archive(tensors) });
    assert!(apart(&expected, &drawn) < 1e-5, "{}: {network:#?}", apart(&expected, &drawn));
}

#[test]
fn a_list_without_names_draws_the_same() {
    let (_, expected) = draw(archive(torch()));
    let nameless = |(i, e): (usize, Entry)| Entry { name: format!("arr_{i}"), ..e };
    for tensors in [torch(), tensorflow()] {
        let (network, drawn) = draw(archive(tensors.into_iter().enumerate().map(nameless).collect()));
        assert!(apart(&expected, &drawn) < 1e-5, "{}: {network:#?}", apart(&expected, &drawn));
    }
}

#[test]
fn the_averaged_copy_is_drawn_wherever_it_stands() {
    let (_, expected) = draw(archive(torch()));
    let under = |at: &str, scale: f32| {
        let of = move |e: Entry| {
            let values = e.values.iter().map(|v| v * scale).collect();
            Entry { name: format!("{at}.{}", e.name), values, ..e }
        };
        torch().into_iter().map(of).collect::<Vec<_>>()
    };
    for (plain, averaged) in [("g", "g_ema"), ("ema.online_model", "ema.ema_model")] {
        let both = under(plain, 0.5).into_iter().chain(under(averaged, 1.0)).collect();
        let (network, drawn) = draw(archive(both));
        assert!(apart(&expected, &drawn) < 1e-5, "{averaged}: {network:#?}");
    }
}

/// TensorFlow's SAME cuts the odd pixel of a 3×3 kernel off at the right and below, where PyTorch cuts it at the left.
#[test]
fn a_side_of_its_own_is_padded_or_cut() {
    let device = Device::flex();
    let run = |before: isize, after: isize| {
        let layers = vec![Layer::from(Op::Pad { before, after })];
        let network = Network { format: 1, decoder: layers.clone(), ..Network::default() };
        let runner = Runner::of(std::sync::Arc::new(network), Default::default(), &device);
        let x = TensorData::new((1..=9).map(|v| v as f32).collect::<Vec<_>>(), [1, 1, 3, 3]);
        let y = runner.layers(&layers, Value::Map(Tensor::from_data(x, &device))).unwrap().map();
        (y.dims(), y.into_data().iter::<f32>().collect::<Vec<_>>())
    };
    assert_eq!(run(0, -1), ([1, 1, 2, 2], vec![1.0, 2.0, 4.0, 5.0]));
    assert_eq!(run(-1, 0), ([1, 1, 2, 2], vec![5.0, 6.0, 8.0, 9.0]));
    let (dims, values) = run(0, 1);
    assert_eq!((dims, &values[..4]), ([1, 1, 4, 4], &[1.0, 2.0, 3.0, 0.0][..]));
}
