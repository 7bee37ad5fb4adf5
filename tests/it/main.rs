//! All tests in one binary, so that the heavy stack is linked once.

mod app;
mod checkpoints;
mod cli;
mod curve;
mod data;
mod disentangle;
mod faces;
mod gpu;
mod house;
mod maths;
mod shapes;
mod training;
