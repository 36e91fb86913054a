//! Places: which fields make one up, and how far two of them lie apart.

use super::expression::Shape;
use crate::schema::{Field, Kind, Object};

/// Parts of an address, in the order of its JSON.
const ADDRESS: [(&str, &str, Shape); 8] = [
    ("city", "City", Shape::Text),
    ("country", "Country", Shape::Text),
    ("geocodeAccuracy", "GeocodeAccuracy", Shape::Text),
    ("latitude", "Latitude", Shape::Decimal),
    ("longitude", "Longitude", Shape::Decimal),
    ("postalCode", "PostalCode", Shape::Text),
    ("state", "State", Shape::Text),
    ("street", "Street", Shape::Text),
];

/// One part of a compound field.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    /// Key in its JSON.
    pub(crate) key: &'static str,
    /// The field that holds it, if the object has it.
    pub(crate) field: String,
    /// How it is written.
    pub(crate) shape: Shape,
}

/// The parts of a compound field; `None` for a field that is one value.
pub(crate) fn parts(object: &Object, field: &Field) -> Option<Vec<Part>> {
    if field.kind == Kind::Address {
        let stem = field.name.strip_suffix("Address").unwrap_or_default();
        let part = |(key, end, shape): (&'static str, &str, Shape)| Part { key, field: format!("{stem}{end}"), shape };
        return Some(ADDRESS.into_iter().map(part).filter(|part| object.find(&part.field).is_some()).collect());
    }
    let stem = field.name.strip_suffix("__c")?;
    let part = |key, end: &str| Part { key, field: format!("{stem}__{end}__s"), shape: Shape::Decimal };
    let parts = vec![part("latitude", "Latitude"), part("longitude", "Longitude")];
    parts.iter().all(|part| object.find(&part.field).is_some()).then_some(parts)
}

/// The fields with latitude and longitude of a compound field.
pub(crate) fn coordinates(object: &Object, field: &Field) -> Option<(String, String)> {
    let parts = parts(object, field)?;
    let of = |key: &str| parts.iter().find(|part| part.key == key).map(|part| part.field.clone());
    of("latitude").zip(of("longitude"))
}

/// How far two places, in degrees of latitude and longitude, lie apart on a round earth.
pub(crate) fn distance(from: (f64, f64), to: (f64, f64), miles: bool) -> f64 {
    let radius = if miles { 3_958.761_3 } else { 6_371.008_8 };
    let (north, south) = (from.0.to_radians(), to.0.to_radians());
    let (up, along) = (south - north, (to.1 - from.1).to_radians());
    let half = (up / 2.0).sin().powi(2) + north.cos() * south.cos() * (along / 2.0).sin().powi(2);
    2.0 * radius * half.clamp(0.0, 1.0).sqrt().asin()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Schema;

    #[test]
    fn berlin_is_near_hamburg() {
        let (berlin, hamburg) = ((52.52, 13.405), (53.5511, 9.9937));
        let kilometres = distance(berlin, hamburg, false);
        assert!((254.0..257.0).contains(&kilometres), "{kilometres}");
        assert!((kilometres / distance(hamburg, berlin, true) - 1.609_344).abs() < 1e-4);
        assert_eq!(distance(berlin, berlin, true), 0.0);
    }

    #[test]
    fn an_address_knows_its_coordinates() {
        let schema = Schema::standard();
        let account = schema.object("Account").unwrap();
        let coordinates = coordinates(account, account.field("BillingAddress").unwrap());
        assert_eq!(coordinates, Some(("BillingLatitude".into(), "BillingLongitude".into())));
        assert!(parts(account, account.field("Name").unwrap()).is_none());
    }
}
