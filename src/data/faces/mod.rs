//! stub, replaced by the real generator
use super::*;
/// stub
pub fn load(_: usize, _: Want, _: &Job) -> Result<Dataset, DataError> { Err(DataError::Cancelled) }
