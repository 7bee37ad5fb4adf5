//! zscope
