//! Settings and losses that several recipes declare alike.
//!
//! Must not know: any one system.

use super::{Does, Loss, PartInfo, Role, Scale, Setting};

/// Pictures in a step.
pub const fn batch(default: f64) -> Setting {
    Setting {
        name: "batch",
        title: "Batch size",
        help: "Pictures in one optimiser step: more give steadier steps and fewer of them a second.",
        default,
        min: 2.0,
        max: 1024.0,
        scale: Scale::Integer,
        live: true,
    }
}

/// Adam's learning rate.
pub const fn learning_rate(default: f64) -> Setting {
    let help = "How far one step moves the weights: too small learns slowly, too large makes the loss jump.";
    rate("learning_rate", "Learning rate", help, default)
}

const fn rate(name: &'static str, title: &'static str, help: &'static str, default: f64) -> Setting {
    Setting { name, title, help, default, min: 1e-6, max: 1e-1, scale: Scale::Log, live: true }
}

/// The generator's step.
pub const fn rate_g(default: f64) -> Setting {
    rate("learning_rate_g", "Learning rate of G", "How far one step moves the generator.", default)
}

/// The discriminator's step.
pub const fn rate_d(default: f64) -> Setting {
    rate("learning_rate_d", "Learning rate of D", "How far one step moves the discriminator.", default)
}

/// Dimensions of z.
pub const fn latent(default: f64) -> Setting {
    Setting {
        name: "z",
        title: "Latent dimensions",
        help: "How many sliders the model has: more hold more detail, fewer are easier to read.",
        default,
        min: 1.0,
        max: 1024.0,
        scale: Scale::Integer,
        live: false,
    }
}

/// Name of the setting of [`size`].
pub const SIZE_NAME: &str = "size";

/// Width and height of the pictures; their width alone where [`HEIGHT`] says another height.
pub const fn size(default: f64) -> Setting {
    Setting {
        name: SIZE_NAME,
        title: "Picture size",
        help: "Width and height of the pictures in pixels; each doubling costs about four times the work. What is odd after a few halvings (4 to 7 times 2, 4, 8 … is even) is drawn as well, and a little slower.",
        default,
        min: 28.0,
        max: 256.0,
        scale: Scale::Integer,
        live: false,
    }
}

/// Name of [`HEIGHT`].
pub const HEIGHT_NAME: &str = "height";

/// Height of pictures that are no squares.
pub const HEIGHT: Setting = Setting {
    name: HEIGHT_NAME,
    title: "Picture height",
    help: "Height of the pictures in pixels where it is not the width; 0 = square.",
    default: 0.0,
    min: 0.0,
    max: 256.0,
    scale: Scale::Integer,
    live: false,
};

/// Width and height of the pictures that a recipe's settings ask for.
pub fn width_and_height(recipe: &super::Recipe, settings: &super::Settings) -> (usize, usize) {
    let width = settings.count(recipe, SIZE_NAME);
    let height = settings.find(recipe, HEIGHT_NAME).unwrap_or_default() as usize;
    (width, if height == 0 { width } else { height })
}

/// Grey or colour.
pub const COLOUR: Setting = Setting {
    name: "channels",
    title: "Colour",
    help: "Whether the model sees grey or colour pictures.",
    default: 0.0,
    min: 0.0,
    max: 3.0,
    scale: Scale::Choice(&[(0.0, "as the data"), (1.0, "grey"), (3.0, "colour")]),
    live: false,
};

/// Channels of the narrowest convolution.
pub const fn width(default: f64) -> Setting {
    Setting {
        name: "width",
        title: "Network width",
        help: "Channels of the layer next to the picture; deeper layers have multiples of it. 16–24 suits a CPU, 64–128 a GPU.",
        default,
        min: 4.0,
        max: 256.0,
        scale: Scale::Integer,
        live: false,
    }
}

/// Weight of the KL term.
pub const fn beta(default: f64) -> Setting {
    Setting {
        name: "beta",
        title: "β",
        help: "Weight of the KL term: above 1 the dimensions become fewer and tidier, below 1 the pictures sharper (β-VAE, Higgins et al. 2017).",
        default,
        min: 0.0,
        max: 100.0,
        scale: Scale::Linear,
        live: true,
    }
}

/// σ of a Gaussian likelihood of pictures.
pub const SIGMA: Setting = Setting {
    name: "sigma",
    title: "σ of the Gaussian",
    help: "How exactly pictures must be redrawn (0–1 scale): smaller is sharper and leaves less order among the latents.",
    default: 0.1,
    min: 0.01,
    max: 1.0,
    scale: Scale::Log,
    live: true,
};

/// Name of the setting that says whose turn it is.
pub const TURN_NAME: &str = "turn";

/// Whose turn it is in a GAN.
pub const TURN: Setting = Setting {
    name: TURN_NAME,
    title: "Who learns",
    help: "Hold one of the two still, to see what the other does alone; its losses are measured all the same.",
    default: 0.0,
    min: 0.0,
    max: 2.0,
    scale: Scale::Choice(&[(0.0, "both"), (D_ONLY, "only D"), (G_ONLY, "only G")]),
    live: true,
};

/// Value of [`TURN`] at which the generator is held.
pub const D_ONLY: f64 = 1.0;
/// Value of [`TURN`] at which the discriminator is held.
pub const G_ONLY: f64 = 2.0;

/// Name of the setting that says how many batches a step takes.
pub const D_STEPS_NAME: &str = "d_steps";

/// Updates of the discriminator for one of the generator, each on a batch of its own (Goodfellow et al. 2014, where it
/// is k).
pub const D_STEPS: Setting = Setting {
    name: D_STEPS_NAME,
    title: "D steps per G step",
    help: "How often the discriminator learns, each time from other pictures, before the generator does once: raise it when D is too weak to tell G anything.",
    default: 1.0,
    min: 1.0,
    max: 10.0,
    scale: Scale::Integer,
    live: true,
};

/// γ of R1.
pub const PENALTY: Setting = Setting {
    name: "penalty",
    title: "R1 γ",
    help: "What D pays for steepness at real samples (Mescheder et al. 2018): more keeps it from winning outright and the game steady, too much leaves G without a lead; 0 = DCGAN as published.",
    default: 0.0,
    min: 0.0,
    max: 100.0,
    scale: Scale::Linear,
    live: true,
};

/// Decay of the averaged generator's weights.
pub const EMA: Setting = Setting {
    name: "ema",
    title: "Averaging",
    help: "How slowly the averaged generator that is shown follows the trained one, once it has learnt for a while (at first it keeps up): 0 shows the raw weights.",
    default: 0.995,
    min: 0.0,
    max: 0.9999,
    scale: Scale::Linear,
    live: true,
};

/// What a VAE pays for the picture.
pub const RECONSTRUCTION: Loss = Loss {
    name: "reconstruction",
    title: "Reconstruction",
    unit: "nats per image",
    help: "−ln p(x|z): how badly the decoder redraws the picture from its latent.",
    role: Role::Reconstruction,
    axis: "reconstruction",
    even: None,
};

/// What a VAE pays for the latent.
pub const KL: Loss = Loss {
    name: "kl",
    title: "KL",
    unit: "nats per image",
    help: "KL(q(z|x) ‖ N(0, 1)): how much the latents say about the picture.",
    role: Role::Kl,
    axis: "kl",
    even: None,
};

/// One network that encodes and draws, with one optimiser.
pub const AUTOENCODER: PartInfo = PartInfo { name: "", title: "VAE", does: Does::Both, turn: None };
/// The generator of a GAN.
pub const GENERATOR: PartInfo =
    PartInfo { name: "generator", title: "G", does: Does::Draws, turn: Some(G_ONLY) };
/// The discriminator of a GAN.
pub const DISCRIMINATOR: PartInfo =
    PartInfo { name: "discriminator", title: "D", does: Does::Judges, turn: Some(D_ONLY) };
/// The averaged generator, which is shown.
pub const AVERAGE: PartInfo =
    PartInfo { name: "generator_ema", title: "averaged G", does: Does::Average, turn: None };

/// What a GAN with the non-saturating loss plots (Goodfellow et al. 2014).
pub const GAME: [Loss; 4] = [
    Loss {
        name: "loss_d",
        title: "D loss",
        unit: "nats",
        help: "What the discriminator pays for its mistakes; 1.386 = it cannot tell real from fake.",
        role: Role::Discriminator,
        axis: "nats",
        even: Some((2.0 * std::f64::consts::LN_2, "2 ln 2")),
    },
    Loss {
        name: "loss_g",
        title: "G loss",
        unit: "nats",
        help: "What the generator pays for being found out; 0.693 = D cannot tell.",
        role: Role::Generator,
        axis: "nats",
        even: Some((std::f64::consts::LN_2, "ln 2")),
    },
    Loss {
        name: "d_real",
        title: "D(real)",
        unit: "probability",
        help: "How real the discriminator finds real pictures, on average.",
        role: Role::RealScore,
        axis: "probability",
        even: Some((0.5, "½")),
    },
    Loss {
        name: "d_fake",
        title: "D(fake)",
        unit: "probability",
        help: "How real the discriminator finds generated pictures, on average.",
        role: Role::FakeScore,
        axis: "probability",
        even: Some((0.5, "½")),
    },
];
