//! Networks that know a class in other ways than by a table beside z: found again from the bare file.
//!
//! Must not know: how they are found.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use crate::inferred::{Maker, Z, act, found_again, sum, tensors};
use crate::strangers::{Made, torch_zip};
use burn::tensor::{Device, Int, Tensor, TensorData};
use std::path::Path;
use zscope::nn::Noise;
use zscope::nn::host::floats;
use zscope::nn::network::run::{Runner, Value};
use zscope::nn::network::{Join, Latent, Layer, Network, Op, Picture, Range, deep};
use zscope::weights::foreign::file;
use zscope::weights::open;

const CLASSES: usize = 5;

fn maker(seed: u64) -> Maker {
    Maker { noise: Noise::new(seed, 0), made: Vec::new() }
}

/// A batch norm without weights of its own, and its scales and shifts by class.
fn conditional(m: &mut Maker, name: &str, n: usize) -> Vec<Layer> {
    for leaf in ["running_mean", "running_var"] {
        m.made.push((format!("{name}.bn.{leaf}"), vec![n], vec![1.0; n]));
    }
    let table = format!("{name}.embed");
    m.normal(format!("{table}.weight"), &[CLASSES, 2 * n], 0.3, 0.0);
    let values = &mut m.made.last_mut().unwrap().2;
    values.chunks_mut(2 * n).for_each(|row| row[..n].iter_mut().for_each(|scale| *scale += 1.0));
    vec![
        Op::BatchNorm { weights: format!("{name}.bn"), epsilon: 1e-5 }.into(),
        Op::Film { weights: table, latent: String::new() }.into(),
    ]
}

/// Two blocks that double, and a last norm of all classes; names tell of blocks what they tell in SNGANs, and not which program it is.
pub(crate) fn of_blocks() -> (Network, Vec<Made>) {
    let mut m = maker(21);
    let mut decoder = vec![m.linear("fc", Z, 16 * 64), Op::reshape(16, 8, 8).into()];
    for (i, (into, out)) in [(16, 12), (12, 8)].into_iter().enumerate() {
        let at = |part: &str| format!("block{}.{part}", i + 2);
        let up = || Layer::from(Op::nearest(2));
        let (c1, c2) = (m.conv(&at("c1"), into, out, 3), m.conv(&at("c2"), out, out, 3));
        let (b1, b2) = (conditional(&mut m, &at("b1"), into), conditional(&mut m, &at("b2"), out));
        let beside = vec![up(), m.conv(&at("c_sc"), into, out, 1)];
        let main = b1.into_iter().chain([act(), up(), c1]).chain(b2).chain([act(), c2]).collect();
        decoder.push(sum(main, beside));
    }
    decoder.extend([m.norm("b4", 8), act(), m.conv("c4", 8, 3, 3), Op::Tanh.into()]);
    let latent = Latent { dims: Z, classes: CLASSES, ..Latent::default() };
    let picture = Picture { width: 32, height: 32, channels: 3, range: Range::Signed, ..Picture::default() };
    (Network { format: 1, latent, picture, decoder, ..Network::default() }, m.made)
}

#[test]
fn batch_norms_are_scaled_and_shifted_by_class() {
    let (network, made) = of_blocks();
    let found = found_again(&network, made, 3);
    assert_eq!(found.latent.classes, CLASSES);
    assert!(found.unused.is_empty(), "{:?}", found.unused);
}

/// Two tables, as other repositories have them: scales and shifts apart.
#[test]
fn scales_and_shifts_may_be_two_tables() {
    let (network, made) = of_blocks();
    let apart = made.into_iter().flat_map(|(name, shape, values)| {
        let Some(norm) = name.strip_suffix(".embed.weight").map(str::to_owned) else {
            let name = name.replace(".bn.running", ".running");
            return vec![(name, shape, values)];
        };
        let n = shape[1] / 2;
        let half = |from: usize| values.chunks(2 * n).flat_map(|row| row[from..from + n].to_vec()).collect();
        vec![
            (format!("{norm}.biases.weight"), vec![shape[0], n], half(n)),
            (format!("{norm}.weights.weight"), vec![shape[0], n], half(0)),
        ]
    });
    let made: Vec<Made> = apart.collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("generator.pth");
    std::fs::write(&path, torch_zip(&made)).unwrap();
    let (checkpoint, _) = open::foreign(&path).unwrap_or_else(|e| panic!("{e}"));
    let found = checkpoint.card.network.clone().unwrap();
    let films = deep(&found.decoder).into_iter().filter(|l| matches!(l.op, Op::Film { .. })).count();
    assert_eq!((films, found.latent.classes), (4, CLASSES), "{found:#?}");
    let table = checkpoint.tensors.get("block2.b1.class.weight").unwrap();
    let whole = made.iter().find(|m| m.0 == "block2.b1.weights.weight").unwrap();
    assert_eq!(table.iter::<f32>().take(16).collect::<Vec<_>>(), whole.2[..16]);
    assert_eq!(network.decoder.len(), found.decoder.len());
}

/// As the best-known conditional DCGAN has it: latent and class each have a first layer, and the second takes both.
#[test]
fn latent_and_class_have_a_first_layer_each() {
    let mut m = maker(22);
    let (of_z, z_norm) = (m.up("deconv1_1", (Z, 8), 4, 1, 0), m.norm("deconv1_1_bn", 8));
    let (of_class, class_norm) = (m.up("deconv1_2", (CLASSES, 8), 4, 1, 0), m.norm("deconv1_2_bn", 8));
    let mut rest = vec![m.up("deconv2", (16, 8), 4, 2, 1), m.norm("deconv2_bn", 8), Op::Relu.into()];
    rest.extend([m.up("deconv3", (8, 1), 4, 2, 1), Op::Tanh.into()]);
    let device = Device::flex();
    let z: Tensor<2> = Noise::new(3, 0).normal([6, Z], &device);
    let hot: Tensor<2> = Tensor::zeros([6, CLASSES], &device).slice_fill([0..6, 2..3], 1.0);
    let picture = Picture { width: 16, height: 16, channels: 1, range: Range::Signed, ..Picture::default() };
    let all =
        [of_z.clone(), z_norm.clone(), of_class.clone(), class_norm.clone()].into_iter().chain(rest.clone());
    let whole = Network { format: 1, picture, decoder: all.collect(), ..Network::default() };
    // Nothing is checked of it as a whole, as it is run in pieces.
    let run = |layers: &[Layer], x: Value| {
        let of = Network { decoder: layers.to_vec(), ..whole.clone() };
        let names = of.names();
        let weights = tensors(&m.made)
            .into_iter()
            .filter(|(name, _)| names.contains(&name.rsplit_once('.').unwrap().0.to_owned()));
        let weights = weights.map(|(name, data)| {
            let matrix = name.ends_with(".weight");
            (name, zscope::nn::network::run::Weight::of(&data, matrix, &device))
        });
        Runner::of(std::sync::Arc::new(of.clone()), weights.collect(), &device)
            .layers(layers, x)
            .unwrap()
            .map()
    };
    let begun = [
        run(&[of_z, z_norm, Op::Relu.into()], Value::Flat(z.clone())),
        run(&[of_class, class_norm, Op::Relu.into()], Value::Flat(hot)),
    ];
    let drawn = run(&rest, Value::Map(Tensor::cat(begun.to_vec(), 1)));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("generator.pth");
    std::fs::write(&path, torch_zip(&m.made)).unwrap();
    let (checkpoint, _) = open::foreign(&path).unwrap_or_else(|e| panic!("{e}"));
    let mut found = *checkpoint.card.network.clone().unwrap();
    assert_eq!((found.latent.dims, found.latent.classes), (Z, CLASSES), "{found:#?}");
    found.latent.class = 2;
    zscope::nn::network::settings::set(&mut found, "activation", "ReLU").unwrap();
    let again = Runner::new(&found, &checkpoint.tensors, &device).unwrap().decode(z).unwrap();
    let worst = (drawn - again).abs().max().into_data().iter::<f32>().next().unwrap();
    assert!(worst < 1e-4, "differs by {worst}: {:#?}", found.decoder);
}

/// Opens a critic, and compares what it says of pictures of a class with what the network that was written says.
fn says_the_same(critic: Vec<Layer>, made: &[Made], channels: usize, side: usize) -> Network {
    let device = Device::flex();
    let picture = Picture { width: side, height: side, channels, range: Range::Signed, ..Picture::default() };
    let latent = Latent { classes: CLASSES, class: 3, ..Latent::default() };
    let written = Network { format: 1, latent, picture, critic, ..Network::default() };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("netD.pth");
    std::fs::write(&path, torch_zip(made)).unwrap();
    let (checkpoint, _) = open::foreign(&path).unwrap_or_else(|e| panic!("{e}"));
    let mut found = *checkpoint.card.network.clone().unwrap();
    assert_eq!(found.latent.classes, CLASSES, "{found:#?}");
    found.latent.class = 3;
    let x = Noise::new(4, 0).normal([4, channels * side * side], &device).reshape([4, channels, side, side]);
    let (said, _) = Runner::new(&written, &tensors(made), &device).unwrap().discriminate(x.clone()).unwrap();
    let (again, _) = Runner::new(&found, &checkpoint.tensors, &device).unwrap().discriminate(x).unwrap();
    let worst = (said - again).abs().max().into_data().iter::<f32>().next().unwrap();
    assert!(worst < 1e-4, "differs by {worst}: {:#?}", found.critic);
    found
}

/// A discriminator that takes the class as one more channel of the picture.
#[test]
fn a_class_may_be_a_picture_beside_the_picture() {
    let mut m = maker(23);
    m.normal("label_embedding.weight".into(), &[CLASSES, 32 * 32], 1.0, 0.0);
    let class = Op::Class { weights: "label_embedding".into(), join: Join::After, classes: 0 };
    let mut critic = vec![class.into()];
    for (i, (into, out)) in [(4, 8), (8, 12), (12, 16)].into_iter().enumerate() {
        let mut conv = m.conv(&format!("main.{}", 2 * i), into, out, 4);
        if let Op::Conv { stride, padding, .. } = &mut conv.op {
            (*stride, *padding) = (2, 1);
        }
        critic.extend([conv, act()]);
    }
    let mut last = m.conv("main.6", 16, 1, 4);
    if let Op::Conv { padding, .. } = &mut last.op {
        *padding = 0;
    }
    critic.push(last);
    says_the_same(critic, &m.made, 3, 32);
}

/// One of linear layers takes the embedding beside the picture.
#[test]
fn a_class_may_stand_beside_a_picture_as_a_vector() {
    let mut m = maker(24);
    m.normal("label_embedding.weight".into(), &[CLASSES, CLASSES], 1.0, 0.0);
    let class = Op::Class { weights: "label_embedding".into(), join: Join::After, classes: 0 };
    let mut critic =
        vec![Op::flatten().into(), class.into(), m.linear("model.0", 16 * 16 + CLASSES, 32), act()];
    critic.extend([m.linear("model.2", 32, 16), act(), m.linear("model.5", 16, 1)]);
    says_the_same(critic, &m.made, 1, 16);
}

/// Tables, norms and layers without a single number are refused like any file that holds no network.
#[test]
fn tables_without_numbers_get_a_sentence() {
    let empty = |name: &str, shape: &[usize]| (name.to_owned(), shape.to_vec(), Vec::new());
    let made: Vec<Made> = vec![
        empty("b1.running_mean", &[0]),
        empty("b1.running_var", &[0]),
        empty("b1.weights.weight", &[CLASSES, 0]),
        empty("b1.biases.weight", &[CLASSES, 0]),
        empty("fc_1.weight", &[4, 0]),
    ];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("generator.pth");
    std::fs::write(&path, torch_zip(&made)).unwrap();
    let said = open::foreign(&path).map(|_| ()).unwrap_err();
    assert!(said.contains("none of its tensors is the weight of a layer"), "{said}");
}

/// Any class that the network knows may be chosen, so no table is shorter.
#[test]
fn tables_of_fewer_classes_than_the_network_get_a_sentence() {
    let (mut network, made) = of_blocks();
    network.latent.classes = CLASSES + 1;
    let device = Device::flex();
    let said = Runner::new(&network, &tensors(&made), &device).err().unwrap();
    assert!(said.contains("block2.b1.embed is of 5 classes, and the network of 6"), "{said}");
}

/// The files of `tests/data/classed.py`: BigGAN's names with z to every block and spectral norm, without both, and with a table for
/// each norm; SNGAN's in PyTorch, with self-attention, and in Chainer. Names tell all, so that they draw what they drew there.
#[test]
fn generators_by_their_programs_names_draw_what_they_drew() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/classed");
    let device = Device::flex();
    let names =
        ["biggan-chunks", "biggan-shared", "biggan-tables", "sngan-torch", "sagan-torch", "sngan-chainer"];
    for name in names {
        let (checkpoint, others) = open::foreign(&folder.join(format!("{name}.npz"))).unwrap();
        let network = checkpoint.card.network.clone().unwrap();
        assert!(others.is_empty() && network.unused.is_empty(), "{name}: {:?}", network.unused);
        assert_eq!((network.latent.dims, network.latent.classes), (12, 3), "{name}");
        let golden = file::read(&folder.join(format!("{name}.golden.npz"))).unwrap();
        let array = |name: &str| golden.tensors.iter().find(|t| t.name == name).unwrap().values.clone();
        let z = Tensor::<2>::from_data(TensorData::new(array("z"), [3, 12]), &device);
        let labels: Vec<i32> = array("labels").iter().map(|v| *v as i32).collect();
        let labels = Tensor::<1, Int>::from_data(TensorData::new(labels, [3]), &device);
        let truth = Tensor::<4>::from_data(TensorData::new(array("y"), [3, 3, 32, 32]), &device);
        let runner = Runner::new(&network, &checkpoint.tensors, &device).unwrap().of_classes(labels);
        let worst = floats((runner.decode(z).unwrap() - truth).abs().max())[0];
        println!("{name}: {worst:e}");
        assert!(worst < 2e-5, "{name} differs by {worst}");
        // What is written anew is read again, with what z says to every block.
        let copy = tempfile::tempdir().unwrap();
        let path = copy.path().join("copy.safetensors");
        std::fs::write(&path, checkpoint.to_bytes().unwrap()).unwrap();
        assert_eq!(*open::read(&path).unwrap().card.network.unwrap(), *network, "{name}");
    }
}
