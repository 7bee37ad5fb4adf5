//! The worker's tools: starts them on the explored model, and brings pictures and directions.
//!
//! Must not know: egui, panels, what a tool does.

use super::models::find;
use super::{Config, Worker};
use crate::engine::link::News;
use crate::engine::message::*;
use crate::engine::points;
use crate::engine::session;
use crate::engine::tool::{self, ToolKind, ToolOrder};
use crate::latent::Direction;
use crate::tools::picture;
use std::path::{Path, PathBuf};

impl Worker {
    pub(super) fn write_directions(&mut self, path: &Path, directions: &[Direction]) -> Result<(), String> {
        let text = serde_json::to_string(directions)
            .map_err(|e| format!("the directions could not be put together: {e}"))?;
        crate::weights::whole::write(path, text.as_bytes())?;
        self.send(Event::Written(path.to_path_buf()), News::Asked);
        Ok(())
    }

    pub(super) fn read_tour(&mut self, path: &Path) -> Result<(), String> {
        let text = shared(path, "a tour")?;
        self.send(Event::Tour(path.to_path_buf(), text), News::Asked);
        Ok(())
    }

    pub(super) fn write_tour(&mut self, path: &Path, text: &str) -> Result<(), String> {
        crate::weights::whole::write(path, text.as_bytes())?;
        self.send(Event::Written(path.to_path_buf()), News::Asked);
        Ok(())
    }

    pub(super) fn write_points(
        &mut self,
        drawn: &[[f32; 2]],
        sigma: f32,
        folder: Option<PathBuf>,
    ) -> Result<(), String> {
        let path = points::write(&folder.unwrap_or_else(points::folder), drawn, sigma)?;
        self.send(Event::Points(path), News::Asked);
        Ok(())
    }

    pub(super) fn read_directions(&mut self, path: &Path) -> Result<(), String> {
        let (name, text) = (path.display(), shared(path, "a file of directions")?);
        let directions = serde_json::from_str(&text)
            .map_err(|e| format!("{name} holds no directions ({e}); choose a file that zscope saved"))?;
        self.send(Event::Directions(directions), News::Asked);
        Ok(())
    }

    /// A picture: one that carries a latent goes there, on the model that drew it; any other is encoded.
    pub(super) fn bring(&mut self, path: &Path) -> Result<(), String> {
        let Some(origin) = picture::origin(path) else {
            if self.explored.is_none() {
                return Err("open a model first; then a picture can be edited with it".into());
            }
            return self.put_to_work(ToolOrder::Embed { picture: path.to_path_buf(), optimise: 0 });
        };
        let same = |w: &Self| {
            w.explored.as_ref().is_some_and(|e| {
                origin.point().check(&e.info.inputs).is_ok()
                    && (e.info.fingerprint == origin.fingerprint || e.info.fingerprint.is_empty())
            })
        };
        if !same(self) && self.config.shipped.iter().any(|m| m.name == origin.model) {
            self.open_shipped(&origin.model)?;
        }
        match self.explored.as_ref().map(|e| e.info.id).filter(|_| same(self)) {
            Some(model) => self.send(Event::Latent { model, point: origin.point() }, News::Asked),
            None => {
                return Err(format!(
                    "{} was drawn by the model \"{}\", which is not open; open it and drop the picture again",
                    path.display(),
                    origin.model
                ));
            }
        }
        Ok(())
    }

    /// Starts a tool on the explored model's weights of now; an older one of its kind is given up.
    pub(super) fn put_to_work(&mut self, order: ToolOrder) -> Result<(), String> {
        let kind = order.kind();
        self.tools.remove(&kind);
        if kind == ToolKind::Families {
            let Config { shipped, judge, .. } = self.config;
            let shipped = Box::new(move |name: &str| find(shipped, name));
            let shelf = tool::Shelf { shipped, judge, device: self.device.device.clone() };
            let running = tool::compare(order, shelf, self.end.events.clone(), self.end.wake.clone())?;
            self.tools.insert(kind, running);
            return Ok(());
        }
        let explored =
            self.explored.as_ref().ok_or("there is no model to work on; open or train one first")?;
        let device = self.device.device.clone();
        let (model, shape) = match (&explored.checkpoint, &self.training) {
            (Some(checkpoint), _) => (session::explore(checkpoint, &device)?, checkpoint.card.shape),
            (None, Some(training)) => (training.drive.session.model(), training.drive.session.shape()),
            (None, None) => return Err("there is no model to work on; open or train one first".into()),
        };
        let judge = (self.config.judge)(&shape)?;
        let subject = tool::Subject { id: explored.info.id, model, shape, judge, vouched: false, device };
        let running = tool::start(order, subject, self.end.events.clone(), self.end.wake.clone())?;
        self.tools.insert(kind, running);
        Ok(())
    }
}

/// The text of a small file that somebody shared; fails with a sentence where it can't be read, or is too large for `what`.
fn shared(path: &Path, what: &str) -> Result<String, String> {
    const LARGEST: u64 = 64 << 20;
    let name = path.display();
    let size = std::fs::metadata(path).map_err(|e| format!("{name} could not be read: {e}"))?.len();
    if size > LARGEST {
        return Err(format!("{name} is too large for {what}; choose one that zscope saved"));
    }
    std::fs::read_to_string(path).map_err(|e| format!("{name} could not be read: {e}"))
}
