//! Settings of networks that zscope did not make: what each changes, and what is said of a choice that there is not.
//!
//! Must not know: files, the window.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use zscope::nn::network::{Latent, Layer, Network, Op, Picture, Posterior, Range, settings};

fn linear(name: &str) -> Layer {
    Op::Linear { weights: name.into() }.into()
}

fn choices(network: &Network, name: &str) -> Option<(Vec<String>, Option<usize>)> {
    settings::all(network).into_iter().find(|k| k.name == name).map(|k| (k.choices, k.chosen))
}

fn chosen(network: &Network, name: &str) -> Option<String> {
    let (choices, chosen) = choices(network, name)?;
    Some(choices[chosen?].clone())
}

/// An encoder with a pool, a last layer and two heads.
fn encoder() -> Network {
    let encoder = vec![
        Op::conv("c", 1, 1).into(),
        Op::max_pool(2).into(),
        Op::flatten().into(),
        linear("fc"),
        Op::Relu.into(),
    ];
    let (head, second_head) = (vec![linear("mu")], vec![linear("logvar")]);
    Network { format: 1, posterior: Posterior::Heads, encoder, head, second_head, ..Network::default() }
}

#[test]
fn pools_keep_the_largest_or_the_average() {
    let mut network = encoder();
    assert_eq!(chosen(&network, "pools").as_deref(), Some("largest"));
    settings::choose(&mut network, "pools", "average").unwrap();
    assert_eq!(network.encoder[1].op, Op::AvgPool { size: 2 });
    assert_eq!(chosen(&network, "pools").as_deref(), Some("average"));
    settings::choose(&mut network, "pools", "largest").unwrap();
    assert_eq!(network, Network { settled: vec!["pools".into()], ..encoder() });
}

#[test]
fn nothing_or_something_stands_before_the_heads() {
    let mut network = encoder();
    assert_eq!(chosen(&network, "head_activation").as_deref(), Some("ReLU"));
    settings::set(&mut network, "head_activation", "none").unwrap();
    assert_eq!(network.encoder.len(), 4);
    assert_eq!(chosen(&network, "head_activation").as_deref(), Some("none"));
    settings::set(&mut network, "head_activation", "tanh").unwrap();
    assert_eq!(network.encoder[4].op, Op::Tanh);
}

#[test]
fn inputs_become_a_class_and_latents_again() {
    let decoder = vec![linear("a"), Op::Relu.into(), linear("b"), Op::reshape(1, 16, 16).into()];
    let latent = Latent { dims: 110, ..Latent::default() };
    let mut network = Network { format: 1, latent, decoder, ..Network::default() };
    let before = network.clone();
    assert_eq!(choices(&network, "one_hot").unwrap().0, ["none", "10 last", "10 first"]);
    assert!(choices(&network, "map_activation").is_none(), "a picture's shape is no map");
    settings::set(&mut network, "one_hot", "10 last").unwrap();
    assert_eq!((network.latent.dims, network.latent.classes), (100, 10));
    assert!(matches!(&network.decoder[0].op, Op::Class { classes: 10, .. }));
    settings::set(&mut network, "class", "7").unwrap();
    settings::set(&mut network, "one_hot", "4 first").unwrap();
    assert_eq!((network.latent.dims, network.latent.classes, network.latent.class), (106, 4, 3));
    assert_eq!(chosen(&network, "one_hot").as_deref(), Some("4 first"));
    for (choice, says) in [("110 last", "from 2 to 109"), ("ten", "like \"10 last\""), ("1 last", "from 2")] {
        let e = settings::set(&mut network, "one_hot", choice).unwrap_err();
        assert!(e.contains(says), "{e}");
    }
    settings::set(&mut network, "one_hot", "none").unwrap();
    settings::set(&mut network, "class", "0").unwrap_err();
    network.latent.class = 0;
    assert_eq!(network, before);
}

#[test]
fn norms_that_are_in_no_file_can_be_put_in() {
    let block = Op::Residual {
        main: vec![Op::conv("b1", 1, 1).into(), Op::Relu.into(), Op::conv("b2", 1, 1).into()],
        shortcut: Vec::new(),
    };
    let decoder = vec![
        linear("a"),
        Op::Relu.into(),
        Op::reshape(4, 8, 8).into(),
        Op::conv("c", 1, 1).into(),
        Op::Relu.into(),
        block.into(),
        Op::conv("last", 1, 1).into(),
        Op::Tanh.into(),
    ];
    let critic = vec![
        Op::conv("d1", 2, 1).into(),
        Op::Relu.into(),
        Op::conv("d2", 2, 1).into(),
        Op::Relu.into(),
        Op::SumPool.into(),
        Op::flatten().into(),
        linear("d3"),
    ];
    let mut network = Network { format: 1, decoder, critic, ..Network::default() };
    let before = network.clone();
    assert_eq!(chosen(&network, "plain_norms").as_deref(), Some("none"));
    settings::set(&mut network, "plain_norms", "each channel (instance norm)").unwrap();
    let norms = |layers: &[Layer]| -> Vec<usize> {
        layers
            .iter()
            .enumerate()
            .filter(|(_, l)| matches!(l.op, Op::GroupNorm { .. }))
            .map(|(i, _)| i)
            .collect()
    };
    assert_eq!((norms(&network.decoder), norms(&network.critic)), (vec![4], vec![3]));
    let Op::Residual { main, .. } = &network.decoder[6].op else { panic!("{:?}", network.decoder) };
    assert_eq!(norms(main), [1]);
    assert_eq!(chosen(&network, "plain_norms").as_deref(), Some("each channel (instance norm)"));
    settings::set(&mut network, "plain_norms", "none").unwrap();
    assert_eq!(network, before);
    network.decoder.insert(4, Op::BatchNorm { weights: "n".into(), epsilon: 1e-5 }.into());
    assert!(choices(&network, "plain_norms").is_none(), "norms have weights here");
    assert_eq!(chosen(&network, "whole_map").as_deref(), Some("sum"));
    settings::set(&mut network, "whole_map", "mean").unwrap();
    assert_eq!(network.critic[4].op, Op::AvgPool { size: 0 });
}

#[test]
fn norms_stand_on_either_side_of_activations() {
    let norm = |name: &str| Layer::from(Op::BatchNorm { weights: name.into(), epsilon: 1e-5 });
    let film = || Layer::from(Op::Film { weights: "f".into(), latent: String::new() });
    let inside = vec![norm("b1"), Op::Relu.into(), Op::conv("c1", 1, 1).into()];
    let block = Op::Residual { main: inside, shortcut: Vec::new() };
    let decoder = vec![
        linear("a"),
        Op::reshape(4, 8, 8).into(),
        norm("n1"),
        film(),
        Op::Relu.into(),
        block.into(),
        norm("n2"),
        Op::Relu.into(),
        Op::conv("last", 1, 1).into(),
        Op::Tanh.into(),
    ];
    let mut network = Network { format: 1, decoder, ..Network::default() };
    let before = network.clone();
    assert_eq!(chosen(&network, "norms").as_deref(), Some("before activations"));
    settings::set(&mut network, "norms", "behind activations").unwrap();
    assert_eq!(chosen(&network, "norms").as_deref(), Some("behind activations"));
    let ops: Vec<String> = network.decoder[2..8].iter().map(|l| l.op.title()).collect();
    let film = "Scale and shift by class";
    assert_eq!(ops, ["ReLU", "Batch norm", film, "Residual block", "ReLU", "Batch norm"]);
    let Op::Residual { main, .. } = &network.decoder[5].op else { panic!("no block") };
    assert_eq!(main[0].op, Op::Relu);
    settings::set(&mut network, "norms", "before activations").unwrap();
    assert_eq!(network, before);
}

#[test]
fn grey_pictures_of_32_may_be_28_with_a_margin() {
    let picture = Picture { width: 32, height: 32, channels: 1, range: Range::Unit, ..Picture::default() };
    let decoder = vec![linear("a"), Op::reshape(1, 32, 32).into(), Op::Sigmoid.into()];
    let encoder = vec![Op::flatten().into(), linear("b")];
    let mut network = Network { format: 1, picture, decoder, encoder, ..Network::default() };
    let before = network.clone();
    settings::set(&mut network, "margin", "2 pixels").unwrap();
    assert_eq!((network.picture.width, network.picture.height), (28, 28));
    assert_eq!(network.decoder[2].op, Op::Pad { before: -2, after: -2 });
    assert_eq!(network.encoder[0].op, Op::Pad { before: 2, after: 2 });
    assert_eq!(chosen(&network, "output").as_deref(), Some("sigmoid"));
    // Chosen twice it changes nothing.
    settings::set(&mut network, "margin", "2 pixels").unwrap();
    settings::set(&mut network, "margin", "none").unwrap();
    assert_eq!(network, before);
    network.picture.channels = 3;
    assert!(choices(&network, "margin").is_none());
    assert!(settings::set(&mut network, "margin", "2 pixels").unwrap_err().contains("grey"));
}

#[test]
fn codes_may_go_through_an_activation() {
    let encoder = vec![Op::flatten().into(), linear("a"), Op::Relu.into(), linear("b")];
    let mut network = Network { format: 1, encoder, ..Network::default() };
    assert_eq!(chosen(&network, "code_activation").as_deref(), Some("none"));
    settings::set(&mut network, "code_activation", "tanh").unwrap();
    assert_eq!(network.encoder[4].op, Op::Tanh);
    assert_eq!(chosen(&network, "encoder_activation").as_deref(), Some("ReLU"));
    settings::set(&mut network, "code_activation", "none").unwrap();
    assert_eq!(network.encoder.len(), 4);
    let mut headed = self::encoder();
    assert!(settings::set(&mut headed, "code_activation", "tanh").unwrap_err().contains("codes"));
}
