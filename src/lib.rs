//! zscope: an interactive explorer for the latent space of generative models. The map, in reading order.
#![warn(clippy::all)]

pub mod action;
pub mod app;
pub mod atlas;
pub mod bench;
pub mod canvas;
pub mod cli;
pub mod curve;
pub mod data;
pub mod engine;
pub mod gpu;
pub mod latent;
pub mod metrics;
pub mod nn;
pub mod objective;
pub mod pace;
pub mod point;
pub mod prefs;
pub mod random;
pub mod remembered;
pub mod shipped;
pub mod shot;
pub mod state;
pub mod tools;
pub mod ui;
pub mod weights;
pub mod window;
pub mod zoo;
