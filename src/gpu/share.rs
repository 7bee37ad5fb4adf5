//! stub until the shared device lands
use super::{Image, Pixels};
use burn::tensor::Tensor;
/// Makes a `[c, h, w]` tensor a picture.
pub fn publish(tensor: Tensor<3>) -> Result<Image, String> {
    let [channels, height, width] = tensor.dims();
    let values: Vec<f32> = tensor.into_data().into_vec().map_err(|e| format!("the picture could not be read: {e:?}"))?;
    Ok(Image { width, height, channels, pixels: Pixels::Cpu(std::sync::Arc::new(values)) })
}
/// stub
pub struct Headless { /** d */ pub device: burn::tensor::Device, /** n */ pub name: String, /** h */ pub hardware: bool }
/// stub
pub fn headless(_hardware_only: bool) -> Result<Headless, String> { Err("no GPU can be used here".into()) }
