//! Ways to narrow the list, each with how many it leaves; what would leave nothing out is not offered.

use crate::gui::conflicts::Age;
use crate::gui::draft::Draft;
use crate::gui::format;
use crate::gui::parts::{PickItem, Picker};
use crate::gui::state::{Fact, State};
use crate::store::{ConflictGroup, ConflictOrder, IntegrationId};
use egui::{Id, Ui};
use std::collections::BTreeMap;

/// What the picker says for conflicts of nobody.
const NOBODY: &str = "Nobody";

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft) {
    let groups = state.conflicts.groups.as_ref().map(|(_, fact)| fact);
    let groups = groups.and_then(Fact::here).map_or(&[][..], Vec::as_slice);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(4.0, 4.0);
        let inbox = &mut draft.conflicts;
        let kinds = counted(groups, |group| vec![group.kind.label().to_owned()]);
        pick(ui, ("Kind", "Any kind"), &kinds, &mut inbox.kind);
        let fields = counted(groups, |group| group.fields.clone());
        pick(ui, ("Field", "Any field"), &fields, &mut inbox.field);
        let objects = counted(groups, |group| vec![group.object.clone()]);
        pick(ui, ("Object", "Any object"), &objects, &mut inbox.object);
        integration_ui(ui, state, groups, &mut inbox.integration);
        let people = counted(groups, |group| vec![group.assignee.clone().unwrap_or_else(|| NOBODY.to_owned())]);
        let mut person = inbox.assignee.clone().map(|person| person.unwrap_or_else(|| NOBODY.to_owned()));
        pick(ui, ("For", "Anybody"), &people, &mut person);
        inbox.assignee = person.map(|person| Some(person).filter(|person| person != NOBODY));
        let shown = if inbox.age == Age::Any { "Age" } else { inbox.age.label() };
        let picker = Picker::new(Id::unique("conflict age"), "Age", shown).quiet();
        let items = || Age::ALL.map(|age| PickItem::new(age.label(), age.label())).to_vec();
        if let Some(key) = picker.ui(ui, items) {
            inbox.age = Age::ALL.into_iter().find(|age| age.label() == key).unwrap_or_default();
        }
    });
}

/// How many conflicts have each of what a group has; the most frequent first.
fn counted(groups: &[ConflictGroup], of: impl Fn(&ConflictGroup) -> Vec<String>) -> Vec<(String, u64)> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for group in groups {
        for name in of(group) {
            *counts.entry(name).or_default() += group.conflicts;
        }
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by(|(one, some), (other, others)| others.cmp(some).then_with(|| one.cmp(other)));
    counts
}

fn pick(ui: &mut Ui, (name, any): (&str, &str), known: &[(String, u64)], chosen: &mut Option<String>) {
    if known.len() < 2 && chosen.is_none() {
        return;
    }
    let shown = chosen.clone().unwrap_or_else(|| name.to_owned());
    let shown = format::middle(&shown, 22);
    let picker = Picker::new(Id::unique(("conflicts", name)), name, &shown).quiet();
    let items = || {
        let every = PickItem::new("", any);
        let each = known.iter().map(|(name, count)| PickItem::new(name, name).tag(format::number(*count)));
        std::iter::once(every).chain(each).collect()
    };
    if let Some(key) = picker.ui(ui, items) {
        *chosen = Some(key).filter(|key| !key.is_empty());
    }
}

fn integration_ui(ui: &mut Ui, state: &State, groups: &[ConflictGroup], chosen: &mut Option<IntegrationId>) {
    let name = |id: IntegrationId| {
        let card = state.integrations.iter().flatten().find(|card| card.id == id);
        card.map_or_else(|| format!("Integration {}", id.0), |card| card.name.clone())
    };
    let known = counted(groups, |group| vec![name(group.integration)]);
    let before = chosen.map(name);
    let mut named = before.clone();
    pick(ui, ("Integration", "Any integration"), &known, &mut named);
    if named != before {
        *chosen = groups.iter().map(|group| group.integration).find(|id| named.as_ref() == Some(&name(*id)));
    }
}

/// In which order the list stands.
pub(super) fn order_ui(ui: &mut Ui, draft: &mut Draft) {
    let label = |order: ConflictOrder| match order {
        ConflictOrder::Oldest => "Oldest first",
        ConflictOrder::Newest => "Newest first",
        ConflictOrder::Record => "By record",
        ConflictOrder::Kind => "Alike together",
    };
    let order = draft.conflicts.order;
    let picker = Picker::new(Id::unique("conflict order"), "Order", label(order)).quiet();
    let items = || ConflictOrder::ALL.map(|order| PickItem::new(label(order), label(order))).to_vec();
    if let Some(key) = picker.ui(ui, items) {
        draft.conflicts.order = ConflictOrder::ALL.into_iter().find(|order| label(*order) == key).unwrap_or_default();
    }
}
