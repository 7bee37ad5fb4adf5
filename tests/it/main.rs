//! All tests in one binary, so that the heavy stack is linked once.

mod app;
mod bench;
mod celeba;
mod checkpoints;
mod cifar;
mod cli;
mod curve;
mod data;
mod datapage;
mod digits;
mod disentangle;
mod faces;
mod foreign;
mod gpu;
mod house;
mod judge;
mod kills;
mod labels;
mod latent;
mod map;
mod maths;
mod runs;
mod runspage;
mod shapes;
mod tools;
mod training;
