//! Principal components by the eigenvectors of the covariance.
//!
//! Must not know: what the rows are.

use nalgebra::{DMatrix, SymmetricEigen};

/// Principal components of some rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pca {
    /// Mean of the rows.
    pub mean: Vec<f32>,
    /// Unit vectors, the one of the largest variance first. The largest entry of each is positive, so that the same
    /// rows give the same signs everywhere.
    pub components: Vec<Vec<f32>>,
    /// Variance along each.
    pub variances: Vec<f32>,
}

/// The first `count` components of rows of equal length; fewer where rows or columns are fewer.
pub fn pca<T: AsRef<[f32]>>(rows: &[T], count: usize) -> Pca {
    let mean = super::arithmetic::mean(rows);
    let (n, d) = (rows.len(), mean.len());
    if n < 2 || d == 0 {
        return Pca { mean, ..Pca::default() };
    }
    let centred = DMatrix::from_fn(n, d, |i, j| f64::from(rows[i].as_ref()[j]) - f64::from(mean[j]));
    let count = count.min(n - 1);
    let scale = 1.0 / (n - 1) as f64;
    if d <= n {
        let (components, variances) = eigen(centred.tr_mul(&centred) * scale, count);
        return Pca { mean, components, variances };
    }
    // Of fewer rows than columns the Gram matrix has the same eigenvalues, and the rows' combinations by its
    // eigenvectors are the components.
    let (weights, variances) = eigen(&centred * centred.transpose() * scale, count);
    let component = |w: &Vec<f32>| {
        let w = nalgebra::DVector::from_iterator(n, w.iter().map(|v| f64::from(*v)));
        oriented(centred.tr_mul(&w).normalize().iter().copied())
    };
    Pca { mean, components: weights.iter().map(component).collect(), variances }
}

/// The eigenvectors of a symmetric matrix with the `count` largest eigenvalues, and those.
pub fn eigen(symmetric: DMatrix<f64>, count: usize) -> (Vec<Vec<f32>>, Vec<f32>) {
    let found = SymmetricEigen::new(symmetric);
    let mut order: Vec<usize> = (0..found.eigenvalues.len()).collect();
    order.sort_by(|a, b| found.eigenvalues[*b].total_cmp(&found.eigenvalues[*a]));
    order.truncate(count);
    let vector = |i: usize| oriented(found.eigenvectors.column(i).iter().copied());
    (
        order.iter().map(|&i| vector(i)).collect(),
        order.iter().map(|&i| found.eigenvalues[i].max(0.0) as f32).collect(),
    )
}

/// The vector or its opposite: the one whose largest entry is positive.
fn oriented(vector: impl Iterator<Item = f64> + Clone) -> Vec<f32> {
    let largest = vector.clone().max_by(|a, b| a.abs().total_cmp(&b.abs())).unwrap_or(1.0);
    vector.map(|v| (v * largest.signum()) as f32).collect()
}

impl Pca {
    /// Coordinates of a row along the components.
    pub fn project(&self, row: &[f32]) -> Vec<f32> {
        let centred = super::add_scaled(row, -1.0, &self.mean);
        self.components.iter().map(|c| super::dot(&centred, c)).collect()
    }
}
