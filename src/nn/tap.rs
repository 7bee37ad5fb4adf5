//! Looking into a forward pass while it runs: what layers give, partial pictures, and whether to go on.
//!
//! Must not know: any one system, how it is drawn.

use super::network::run::Value;
use burn::tensor::Tensor;

/// What a layer gives.
pub struct Tap {
    /// The name that the layer's tensors begin with; of a layer without tensors what it is.
    pub name: String,
    /// What flows out of it; of a layer with norm and nonlinearity what flows out of those.
    pub value: Value,
}

/// Who looks into a forward pass. One and the same pass draws, gives activations and can be given up: nobody's looking
/// costs nothing, and changes no number.
#[derive(Default)]
pub struct Watch<'a> {
    taps: Option<&'a mut Vec<Tap>>,
    partial: Option<&'a mut dyn FnMut(Tensor<4>)>,
    go_on: Option<&'a dyn Fn() -> bool>,
}

impl<'a> Watch<'a> {
    /// Nobody looks.
    pub fn nobody() -> Self {
        Self::default()
    }

    /// Nobody looks, and it is given up as soon as `go_on` says no.
    pub fn while_wanted(go_on: &'a dyn Fn() -> bool) -> Self {
        Self { go_on: Some(go_on), ..Self::default() }
    }

    /// Keeps what each layer gives, in order.
    pub fn taps(taps: &'a mut Vec<Tap>) -> Self {
        Self { taps: Some(taps), ..Self::default() }
    }

    /// Draws until `go_on` says no, and hands on pictures `[n, c, h, w]` that are done in part.
    pub fn drawing(go_on: &'a dyn Fn() -> bool, partial: &'a mut dyn FnMut(Tensor<4>)) -> Self {
        Self { taps: None, partial: Some(partial), go_on: Some(go_on) }
    }

    /// A layer gives this.
    pub fn layer(&mut self, name: impl FnOnce() -> String, value: impl FnOnce() -> Value) {
        if let Some(taps) = &mut self.taps {
            taps.push(Tap { name: name(), value: value() });
        }
    }

    /// Whether somebody wants to know what layers give.
    pub fn taps_wanted(&self) -> bool {
        self.taps.is_some()
    }

    /// So far the pictures look like this: `[n, channels, h, w]`, 0–1.
    pub fn partly(&mut self, picture: impl FnOnce() -> Tensor<4>) {
        if let Some(partial) = &mut self.partial {
            partial(picture());
        }
    }

    /// Whether somebody still wants the result. A pass of many steps asks between them.
    pub fn wanted(&self) -> bool {
        self.go_on.is_none_or(|go_on| go_on())
    }
}
