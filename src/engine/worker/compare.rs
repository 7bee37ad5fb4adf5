//! The worker's second model: the one that is drawn too, at the latent of the explored one, so that two checkpoints can
//! be compared.
//!
//! Must not know: egui, panels, how the two pictures are laid over one another.

use super::Worker;
use super::models::{count, info, named};
use crate::engine::link::News;
use crate::engine::message::*;
use crate::engine::session;
use crate::engine::viewer::Subject;
use crate::weights::Checkpoint;

impl Worker {
    /// Draws this model too from now on, or none any more.
    pub(super) fn compare(&mut self, with: Option<Source>) -> Result<(), String> {
        let Some(source) = with else {
            self.draw_none();
            return Ok(());
        };
        let (name, checkpoint) = match &source {
            Source::File(path) => named(path)?,
            Source::Shipped(name) => (name.clone(), self.shipped(name)?),
            Source::Training => {
                return Err("a model in training is compared from its side: explore it, and compare it with a checkpoint".into());
            }
        };
        self.draw_too(name, source, checkpoint)
    }

    pub(super) fn draw_too(
        &mut self,
        name: String,
        source: Source,
        checkpoint: Checkpoint,
    ) -> Result<(), String> {
        let explored =
            self.explored.as_ref().ok_or("open a model first; then another can be compared with it")?;
        let model = session::explore(&checkpoint, &self.device.device)?;
        let dims = model.latent_dims();
        same_latents((&name, dims), (&explored.info.name, explored.info.latent_dims))?;
        let id = self.new_id();
        let card = &checkpoint.card;
        let info = info(id, name, source, card, count(&checkpoint), &model);
        let (step, device) = (card.step, self.device.device.clone());
        self.second.put(Some(Subject { id, step, live: false, model, device, probe: None, world: None }));
        self.end.compared.nudge();
        self.compared = Some((info.clone(), checkpoint));
        self.send(Event::Compared(Some(info)), News::Asked);
        Ok(())
    }

    /// Another model is explored: the comparison goes on where both take the same latents.
    pub(super) fn compare_still(&mut self) {
        let (Some((info, _)), Some(explored)) = (&self.compared, &self.explored) else { return };
        if info.latent_dims != explored.info.latent_dims {
            self.draw_none();
        }
    }

    fn draw_none(&mut self) {
        self.compared = None;
        self.second.put(None);
        self.end.compared.nudge();
        self.send(Event::Compared(None), News::Asked);
    }
}

/// Whether one latent can be given to both models, each with its name and its latents' length; a sentence if not.
pub fn same_latents(a: (&str, usize), b: (&str, usize)) -> Result<(), String> {
    if a.1 == b.1 {
        return Ok(());
    }
    Err(format!(
        "{} takes latents of {} numbers and {} of {}: only models whose latents have the same length can be compared",
        a.0, a.1, b.0, b.1
    ))
}
