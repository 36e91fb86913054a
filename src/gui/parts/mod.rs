//! Widgets: small, named for what they show, and the same everywhere.

mod banner;
mod card;
mod empty;
mod field;
mod gauge;
pub(crate) mod grid;
mod outcome;
mod picker;
mod pill;
mod press;
mod switch;

pub(crate) use banner::{banner_ui, error_ui, meaning_icon, note_ui};
pub(crate) use card::{card, card_ui, dialog, section_ui, well};
pub(crate) use empty::{empty_ui, waiting_ui};
pub(crate) use field::{check_ui, filter_ui, path_ui, secret_ui, text_ui};
pub(crate) use gauge::{bar_ui, gauge_ui};
pub(crate) use outcome::{outcome_mark, state_mark, verdict_mark};
pub(crate) use picker::{PickItem, Picker};
pub(crate) use pill::{chip_text_ui, org_chip_ui, org_mark, pill_ui};
pub(crate) use press::{Press, focus_ring};
pub(crate) use switch::switch_ui;
