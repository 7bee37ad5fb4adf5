//! Whether a file has anything that the known programs have not: programs that were derived from them pickle by the same call, and
//! drawing them by halves would be nonsense.
//!
//! Must not know: what a field means.

use super::{Told, said, strange};
use crate::nn::style::Style;
use std::collections::BTreeSet;

/// The fields of each class, of StyleGAN2-ADA, StyleGAN3 and its own StyleGAN2.
fn known(class: &str) -> &'static [&'static str] {
    match class {
        "Generator" => &["z_dim", "c_dim", "w_dim", "img_resolution", "img_channels", "num_ws"],
        "MappingNetwork" => &["z_dim", "c_dim", "w_dim", "num_ws", "num_layers", "w_avg_beta", "embed"],
        "FullyConnectedLayer" => {
            &["activation", "weight_gain", "bias_gain", "in_features", "out_features", "bias"]
        }
        "SynthesisNetwork" => &[
            "w_dim",
            "img_resolution",
            "img_resolution_log2",
            "img_channels",
            "block_resolutions",
            "num_ws",
            "num_fp16_res",
            "num_layers",
            "num_critical",
            "margin_size",
            "output_scale",
            "layer_names",
        ],
        "SynthesisBlock" => &[
            "in_channels",
            "w_dim",
            "resolution",
            "img_channels",
            "is_last",
            "architecture",
            "use_fp16",
            "channels_last",
            "num_conv",
            "num_torgb",
            "fused_modconv_default",
        ],
        "SynthesisLayer" => &[
            "in_channels",
            "out_channels",
            "w_dim",
            "resolution",
            "up",
            "use_noise",
            "activation",
            "conv_clamp",
            "padding",
            "act_gain",
            "is_torgb",
            "is_critically_sampled",
            "use_fp16",
            "in_size",
            "out_size",
            "in_sampling_rate",
            "out_sampling_rate",
            "tmp_sampling_rate",
            "in_cutoff",
            "out_cutoff",
            "in_half_width",
            "out_half_width",
            "conv_kernel",
            "magnitude_ema_beta",
            "up_factor",
            "up_taps",
            "down_factor",
            "down_taps",
            "down_radial",
        ],
        "ToRGBLayer" => &["in_channels", "out_channels", "w_dim", "conv_clamp", "weight_gain"],
        "Conv2dLayer" => &[
            "in_channels",
            "out_channels",
            "activation",
            "up",
            "down",
            "conv_clamp",
            "padding",
            "weight_gain",
            "act_gain",
            "bias",
        ],
        "SynthesisInput" => &["w_dim", "channels", "size", "sampling_rate", "bandwidth"],
        _ => &[],
    }
}

/// Leaves of tensors that these programs' modules have.
const LEAVES: [&str; 13] = [
    "weight",
    "bias",
    "const",
    "w_avg",
    "resample_filter",
    "noise_const",
    "noise_strength",
    "magnitude_ema",
    "up_filter",
    "down_filter",
    "freqs",
    "phases",
    "transform",
];

/// Fails with the first thing that is left over.
pub fn check(told: &Told<'_>, style: &Style) -> Result<(), String> {
    let seen = told.seen.borrow();
    for (name, object) in told.objects {
        if !seen.contains(name) {
            return Err(strange(&format!("it has a module {name} ({})", said(&object.class))));
        }
        let known = known(&object.class);
        if let Some(field) = object.fields.keys().find(|f| !known.contains(&f.as_str())) {
            return Err(strange(&format!("{} has a field {field}", said(&object.class))));
        }
    }
    let used: BTreeSet<String> = style.names().into_iter().collect();
    let left = told.sizes.keys().find(|name| {
        let (module, leaf) = name.rsplit_once('.').unwrap_or(("", name));
        !used.contains(module) || !LEAVES.contains(&leaf)
    });
    match left {
        // A resampling filter that nothing uses, as the program's blocks without a picture have, was seen with its module.
        Some(name) => Err(strange(&format!("it has a tensor {name}"))),
        None => Ok(()),
    }
}
