//! All tests in one binary, so that the heavy stack is linked once.

mod app;
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
mod gpu;
mod house;
mod judge;
mod labels;
mod maths;
mod shapes;
mod training;
