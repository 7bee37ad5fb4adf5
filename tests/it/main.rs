//! All tests in one binary, so that the heavy stack is linked once.

mod app;
mod checkpoints;
mod cli;
mod curve;
mod data;
mod datapage;
mod faces;
mod gpu;
mod house;
mod maths;
mod training;
