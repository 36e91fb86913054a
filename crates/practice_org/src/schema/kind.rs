//! The types that a field may have.

use serde::{Deserialize, Serialize};

/// A field's type as describe names it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Id,
    #[default]
    String,
    TextArea,
    EncryptedString,
    Picklist,
    MultiPicklist,
    Combobox,
    Reference,
    Boolean,
    Currency,
    Int,
    Double,
    Percent,
    Date,
    DateTime,
    Time,
    Phone,
    Url,
    Email,
    Address,
    Location,
}

impl Kind {
    /// The name in describe.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Id => "id",
            Kind::String => "string",
            Kind::TextArea => "textarea",
            Kind::EncryptedString => "encryptedstring",
            Kind::Picklist => "picklist",
            Kind::MultiPicklist => "multipicklist",
            Kind::Combobox => "combobox",
            Kind::Reference => "reference",
            Kind::Boolean => "boolean",
            Kind::Currency => "currency",
            Kind::Int => "int",
            Kind::Double => "double",
            Kind::Percent => "percent",
            Kind::Date => "date",
            Kind::DateTime => "datetime",
            Kind::Time => "time",
            Kind::Phone => "phone",
            Kind::Url => "url",
            Kind::Email => "email",
            Kind::Address => "address",
            Kind::Location => "location",
        }
    }

    /// The type in SOAP, which describe names too.
    pub(crate) fn soap_name(self) -> &'static str {
        match self {
            Kind::Id | Kind::Reference => "tns:ID",
            Kind::Boolean => "xsd:boolean",
            Kind::Int => "xsd:int",
            Kind::Currency | Kind::Double | Kind::Percent => "xsd:double",
            Kind::Date => "xsd:date",
            Kind::DateTime => "xsd:dateTime",
            Kind::Time => "xsd:time",
            Kind::Address => "urn:address",
            Kind::Location => "urn:location",
            _ => "xsd:string",
        }
    }

    /// Words that a person typed, compared without case.
    pub(crate) fn is_text(self) -> bool {
        matches!(
            self,
            Kind::String
                | Kind::TextArea
                | Kind::EncryptedString
                | Kind::Picklist
                | Kind::MultiPicklist
                | Kind::Combobox
                | Kind::Phone
                | Kind::Url
                | Kind::Email
        )
    }

    /// Stored as a double.
    pub(crate) fn is_decimal(self) -> bool {
        matches!(self, Kind::Currency | Kind::Double | Kind::Percent)
    }

    /// Ids and references.
    pub(crate) fn is_id(self) -> bool {
        matches!(self, Kind::Id | Kind::Reference)
    }

    /// Put together from other fields, without a column of its own.
    pub(crate) fn is_compound(self) -> bool {
        matches!(self, Kind::Address | Kind::Location)
    }
}
