//! The Fréchet distance between two sets of features (Heusel et al. 2017), as Gaussians:
//! ‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2(Σ₁Σ₂)^½). In the judge's 64 features it is "FID64", comparable with itself alone.
//!
//! Must not know: where the features came from.

use nalgebra::{DMatrix, DVector, SymmetricEigen};

/// Mean and covariance of rows of features.
pub struct Moments {
    mean: DVector<f64>,
    covariance: DMatrix<f64>,
}

impl Moments {
    /// `rows`: features of one picture each, all of one length. Needs at least two rows.
    pub fn of(rows: &[Vec<f32>]) -> Option<Self> {
        let columns = rows.first()?.len();
        if rows.len() < 2 || columns == 0 {
            return None;
        }
        let data = DMatrix::from_fn(rows.len(), columns, |r, c| f64::from(rows[r][c]));
        let mean = data.row_mean().transpose();
        let centred = DMatrix::from_fn(rows.len(), columns, |r, c| data[(r, c)] - mean[c]);
        let covariance = centred.transpose() * &centred / (rows.len() - 1) as f64;
        Some(Self { mean, covariance })
    }

    /// The distance; 0 for equal moments.
    pub fn distance(&self, other: &Self) -> f64 {
        // tr (Σ₁Σ₂)^½ = Σ √λ of the symmetric Σ₁^½ Σ₂ Σ₁^½, whose eigenvalues are real and not negative.
        let root = square_root(&self.covariance);
        let inner = &root * &other.covariance * &root;
        let symmetric = (&inner + inner.transpose()) * 0.5;
        let cross: f64 = SymmetricEigen::new(symmetric).eigenvalues.iter().map(|l| l.max(0.0).sqrt()).sum();
        let means = (&self.mean - &other.mean).norm_squared();
        (means + self.covariance.trace() + other.covariance.trace() - 2.0 * cross).max(0.0)
    }
}

fn square_root(matrix: &DMatrix<f64>) -> DMatrix<f64> {
    let eigen = SymmetricEigen::new(matrix.clone());
    let roots = eigen.eigenvalues.map(|l| l.max(0.0).sqrt());
    &eigen.eigenvectors * DMatrix::from_diagonal(&roots) * eigen.eigenvectors.transpose()
}
