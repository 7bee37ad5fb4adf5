//! zscope: an interactive explorer for the latent space of generative models. The map, in reading order.
#![warn(clippy::all)]

pub mod action;
pub mod curve;
pub mod state;
pub mod data;
pub mod gpu;
pub mod nn;
pub mod objective;
pub mod zoo;
pub mod engine;
pub mod weights;
pub mod metrics;
pub mod cli;
pub mod shipped;
