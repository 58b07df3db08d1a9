//! Tests of the maps between the scales.

use super::*;
use crate::law::chinchilla;

/// E, A, B, alpha, beta.
const FITTED: [f64; 5] = [0.53, 6.0, 7.6, 0.35, 0.36];
/// Mean slopes of A's term in alpha and of B's in beta.
const SHIFTS: [(usize, usize, f64); 2] = [(1, 3, -18.0), (2, 4, -23.0)];
const ALL: [Role; 5] = [Role::Free; 5];

pub(in crate::objective) fn restricted(law: &Arc<dyn Law>, roles: [Role; 5]) -> Coordinates {
    let mut coordinates = Coordinates::new(law);
    for (place, role) in roles.into_iter().enumerate() {
        match role {
            Role::Free => {}
            Role::Fixed(value) => coordinates.fix(place, value),
            Role::Tied(to) => coordinates.tie([to, place]),
        }
    }
    coordinates
}

fn coordinates(roles: [Role; 5]) -> Coordinates {
    let law: Arc<dyn Law> = Arc::new(chinchilla());
    let mut coordinates = restricted(&law, roles);
    coordinates.centre(SHIFTS.to_vec());
    coordinates
}

fn near(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12 * (1.0 + b.abs())), "{found:?}");
}

#[test]
fn the_drawing_holds() {
    let all = coordinates(ALL);
    let natural = [0.53f64.exp(), 6f64.exp(), 7.6f64.exp(), 0.35, 0.36];
    near(&all.natural_to_fitted(&natural), &FITTED);
    near(&all.fitted_to_centred(&FITTED), &[0.53, 6.0 - 18.0 * 0.35, 7.6 - 23.0 * 0.36, 0.35, 0.36]);
    let z = all.natural_to_free(&natural);
    assert_eq!(z, all.fitted_to_centred(&all.natural_to_fitted(&natural)));
    assert_eq!(all.free_to_centred(&z), z);
    near(&all.free_to_fitted(&z), &FITTED);
    near(&all.free_to_natural(&z), &natural);
    assert_eq!((all.stretch(), all.restriction().is_none()), (1.0, true));
}

#[test]
fn what_is_fixed_tied_or_on_a_bound_is_so_to_the_last_digit() {
    let mut some = coordinates([Role::Fixed(1.7), Role::Free, Role::Tied(1), Role::Free, Role::Free]);
    let natural = [0.1, 0.3];
    some.confine(Bound { place: 3, natural, fitted: natural });
    let z = some.fitted_to_free(&FITTED);
    assert_eq!((some.free(), z.len()), ([1, 3, 4].as_slice(), 3));
    let back = some.free_to_natural(&z);
    assert_eq!((back[0], back[1].to_bits(), back[3]), (1.7, back[2].to_bits(), 0.3));
    near(&some.free_to_fitted(&z), &[1.7f64.ln(), 6.0, 6.0, 0.3, 0.36]);
    assert_eq!(some.at_bound(3, 0.3 + 1e-10), Some((0.3, End::Upper)));
    assert_eq!((some.at_bound(3, 0.2), some.at_bound(4, 0.3)), (None, None));
    // z of A moves ln A and ln B alike.
    assert!(some.is_coefficient(0) && !some.is_coefficient(1));
}

#[test]
fn a_coefficient_that_is_held_moves_with_its_exponent() {
    let mut some = coordinates(ALL);
    some.hold(&[(1, 6.0), (4, 0.36)]);
    assert_eq!(some.free(), [0, 2, 3]);
    near(&some.free_to_fitted(&some.fitted_to_free(&FITTED)), &FITTED);
    // One more of alpha is 18 less of the centred ln A.
    let by = |z: &[f64]| some.free_to_centred(z)[1];
    near(&[by(&[0.0, 0.0, 1.0]) - by(&[0.0; 3]), some.stretch()], &[-18.0, 19.0]);
}

#[test]
fn tied_coefficients_are_held_together_whichever_is_named() {
    let mut some = coordinates([Role::Free, Role::Free, Role::Tied(1), Role::Free, Role::Free]);
    near(&some.free_to_fitted(&some.fitted_to_free(&FITTED)), &[0.53, 6.0, 6.0, 0.35, 0.36]);
    some.hold(&[(2, 7.0)]);
    assert_eq!(some.free(), [0, 3, 4]);
    near(&some.free_to_fitted(&some.fitted_to_free(&FITTED)), &[0.53, 7.0, 7.0, 0.35, 0.36]);
    near(&some.start_at([(1, 0.35), (2, 0.36)].into_iter()), &[0.0, 0.35, 0.36]);
}

#[test]
fn what_is_fixed_stays_when_another_is_held() {
    let mut some =
        coordinates([Role::Fixed(1.7), Role::Free, Role::Fixed(1100.0), Role::Free, Role::Tied(3)]);
    some.hold(&[(4, 0.4)]);
    assert_eq!(some.free(), [1]);
    let natural = some.free_to_natural(&[0.1]);
    assert_eq!([natural[0], natural[2], natural[3], natural[4]], [1.7, 1100.0, 0.4, 0.4]);
}

#[test]
fn the_faces_of_a_box_hold_each_bounded_parameter_at_an_end_or_nowhere() {
    let mut some = coordinates(ALL);
    let [open, closed] = [[0.1, f64::INFINITY], [0.1, 0.5]];
    let bound = |place, range| Bound { place, natural: range, fitted: range };
    some.confine(bound(3, open));
    some.confine(bound(4, closed));
    let mut faces: Vec<Vec<(usize, f64)>> =
        some.faces().iter().map(|face| face.iter().map(|(b, end)| (b.place, b.at(*end))).collect()).collect();
    faces.sort_by_key(Vec::len);
    assert_eq!(faces.len(), 6);
    assert_eq!(faces[..4], [vec![], vec![(3, 0.1)], vec![(4, 0.1)], vec![(4, 0.5)]]);
    let on = some.on(&[(bound(4, closed), End::Upper)]);
    assert_eq!((on.free().len(), on.is_confined(), some.is_confined(), on.bounded()), (4, false, true, 2));
    // Beyond beta's greatest value and on alpha's least.
    let z = coordinates(ALL).fitted_to_free(&[0.53, 6.0, 7.6, 0.1, 0.6]);
    let (on, beyond) = some.ends(&z);
    assert_eq!((on.len(), on[0].0.place, beyond.len(), beyond[0].0.place), (1, 3, 1, 4));
    near(&some.free_to_fitted(&some.inward(&z)), &[0.53, 6.0, 7.6, 0.1, 0.5]);
    assert_eq!(
        [some.narrowed(4, (0.0, 2.0)), some.narrowed(4, (0.7, 0.8))],
        [(0.1, 0.5), (0.5 - (0.8 - 0.7), 0.5)]
    );
}
