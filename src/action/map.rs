//! What a person does on the map.
//!
//! Must not know: Burn, egui.

use crate::latent::plane::Ruling;
use crate::state::State;
use crate::state::map::{By, CELLS, Grid, Handle, MOST_POINTS, View, ZOOM};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A change of what the map shows.
#[derive(Clone, Debug, PartialEq)]
pub enum Mapping {
    /// Look at pictures, strips or points.
    View(View),
    /// What goes to the right on the plane.
    Right(Handle),
    /// What goes up.
    Up(Handle),
    /// What is even.
    Ruling(Ruling),
    /// Pictures each way.
    Count(usize),
    /// Middle and zoom of the plane.
    Look([f32; 2], f32),
    /// All of the plane.
    Whole,
    /// Data SPEC of the points.
    Data(String),
    /// Samples instead of data, or data.
    Samples(bool),
    /// How many points.
    Points(usize),
    /// How they are laid out.
    By(By),
    /// The attribute that colours them.
    Colour(Option<usize>),
    /// Hide a group of the attribute, or show it.
    Hide(usize, bool),
    /// Choose a point.
    Choose(Option<usize>),
    /// What the lasso holds.
    Group(Arc<Vec<usize>>),
}

/// Does it.
pub fn apply(state: &mut State, what: Mapping) {
    let map = &mut state.map;
    match what {
        Mapping::View(view) => map.view = view,
        Mapping::Right(handle) => {
            map.grid.right = Some(handle);
            whole(&mut map.grid);
        }
        Mapping::Up(handle) => {
            map.grid.up = Some(handle);
            whole(&mut map.grid);
        }
        Mapping::Ruling(ruling) => {
            map.grid.ruling = ruling;
            whole(&mut map.grid);
        }
        Mapping::Count(n) => map.grid.count = n.clamp(CELLS.0, CELLS.1),
        Mapping::Look(centre, zoom) if centre.iter().all(|v| v.is_finite()) && zoom.is_finite() => {
            map.grid.zoom = zoom.clamp(ZOOM.0, ZOOM.1);
            if map.grid.ruling == Ruling::Probability {
                // There is nothing beyond all probability.
                map.grid.zoom = map.grid.zoom.max(1.0);
                let half = map.grid.half();
                map.grid.centre = centre.map(|c| c.clamp(half, 1.0 - half));
            } else {
                map.grid.centre = centre.map(|c| c.clamp(-10.0, 10.0));
            }
        }
        Mapping::Look(..) => {}
        Mapping::Whole => whole(&mut map.grid),
        Mapping::Data(data) => map.cloud.data = data,
        Mapping::Samples(on) => map.cloud.samples = on,
        Mapping::Points(n) => map.cloud.count = n.clamp(1, MOST_POINTS),
        Mapping::By(by) => {
            map.cloud.by = by;
            map.cloud.lay_out();
        }
        Mapping::Colour(attribute) => {
            map.cloud.colour = attribute;
            map.cloud.hidden = BTreeSet::new();
        }
        Mapping::Hide(group, on) => {
            if on {
                map.cloud.hidden.insert(group)
            } else {
                map.cloud.hidden.remove(&group)
            };
        }
        Mapping::Choose(point) => map.cloud.choose(point),
        Mapping::Group(group) => {
            map.cloud.group = group;
            map.cloud.grouped += 1;
        }
    }
}

fn whole(grid: &mut Grid) {
    grid.centre = [grid.ruling.whole().0; 2];
    grid.zoom = 1.0;
}
