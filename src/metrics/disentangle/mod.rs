//! Disentanglement: how far each latent dimension stands for one known factor of the data, and each factor for one
//! dimension. MIG (Chen et al. 2018, Isolating Sources of Disentanglement in VAEs) and DCI (Eastwood and Williams
//! 2018, A Framework for the Quantitative Evaluation of Disentangled Representations).
//!
//! The protocol, without which the numbers mean little: codes are posterior means, one per picture, not samples of z;
//! every factor in the data set's list counts equally, the shape too; MIG cuts each dimension into 20 bins of equal
//! width between its smallest and largest value, as Locatello et al. 2019 (disentanglement_lib) do; DCI's
//! importances come from a random forest per factor. So MIG here can be compared with disentanglement_lib's on data
//! with the same factors; Chen's own estimate integrates over samples of q(z|x) instead.
//!
//! Must not know: models, how pictures are drawn.

mod dci;
mod forest;
mod mig;

use crate::data::Attribute;
use serde::Serialize;

/// The scores of a representation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Scores {
    /// Mean over factors of the mutual information gap, 0..=1.
    pub mig: f64,
    /// 1: each dimension is important for one factor only; 0: for all alike.
    pub dci_disentanglement: f64,
    /// 1: each factor is captured by one dimension only; 0: by all alike.
    pub dci_completeness: f64,
    /// 1: factors are read off the codes without error; 0: no better than guessing without them.
    pub dci_informativeness: f64,
    /// The factors that the scores are means over.
    pub factors: Vec<FactorScore>,
}

/// One factor's part in [`Scores`].
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FactorScore {
    /// The factor.
    pub name: String,
    /// The dimension that says most about it.
    pub dimension: usize,
    /// Its mutual information gap, 0..=1.
    pub mig: f64,
    /// How well it is read off the codes, 0..=1; see [`Scores::dci_informativeness`].
    pub informativeness: f64,
}

/// Scores codes (`codes[i]`: the latent of picture `i`, all of one length) against the factors of the same pictures.
///
/// Factors that never change are left out. `None` where nothing can be scored: no factor that changes, fewer than two
/// pictures, no dimensions, columns of different lengths, or codes that are not finite.
pub fn score(codes: &[Vec<f32>], factors: &[Attribute]) -> Option<Scores> {
    let (n, dims) = (codes.len(), codes.first()?.len());
    let sound = |row: &Vec<f32>| row.len() == dims && row.iter().all(|v| v.is_finite());
    if n < 2 || dims == 0 || !codes.iter().all(sound) || factors.iter().any(|f| f.values.len() != n) {
        return None;
    }
    let changes = |f: &&Attribute| f.values.iter().any(|v| *v != f.values[0]);
    let factors: Vec<&Attribute> = factors.iter().filter(changes).collect();
    if factors.is_empty() {
        return None;
    }
    let columns: Vec<Vec<f32>> = (0..dims).map(|d| codes.iter().map(|row| row[d]).collect()).collect();
    let gaps = mig::gaps(&columns, &factors);
    let dci = dci::measure(&columns, &factors);
    let each = factors.iter().zip(&gaps).zip(&dci.informativeness);
    let each = each.map(|((f, gap), read)| FactorScore {
        name: f.name.clone(),
        dimension: gap.dimension,
        mig: gap.gap,
        informativeness: *read,
    });
    Some(Scores {
        mig: gaps.iter().map(|g| g.gap).sum::<f64>() / gaps.len() as f64,
        dci_disentanglement: dci.disentanglement,
        dci_completeness: dci.completeness,
        dci_informativeness: dci.informativeness.iter().sum::<f64>() / dci.informativeness.len() as f64,
        factors: each.collect(),
    })
}
