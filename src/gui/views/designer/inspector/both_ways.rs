//! How a step is kept in step with its source: the names of both ends, who is right, what deletions do, where keys are kept.

use super::from::hint_ui;
use super::part_ui;
use crate::gui::draft::Draft;
use crate::gui::draft::designer::both_ways::{self, STRATEGIES};
use crate::gui::format;
use crate::gui::parts::{self, PickItem, Picker, Press};
use crate::gui::state::State;
use crate::gui::theme::{self, Meaning, icon, tokens};
use crate::integration::{Mark, MatchRule, Step, Sync};
use crate::record::{Field, Schema};
use crate::sync::{Deletes, End, MatchBy, Strategy};
use egui::{DragValue, Id, Label, TextEdit, Ui};

/// Width of what stands beside a way to compare.
const BESIDE: f32 = 116.0;

/// Ways to compare values of records that look for a partner.
const MATCHES: [(MatchBy, &str); 4] = [
    (MatchBy::Key, "as a key"),
    (MatchBy::Email, "as an e-mail address"),
    (MatchBy::Phone, "as a phone number"),
    (MatchBy::Name, "as a name"),
];

/// Whether the step goes both ways.
pub(super) fn switch_ui(ui: &mut Ui, state: &State, draft: &mut Draft, step: &Step) {
    let both = step.sync.is_some();
    let described = state.table(step).is_some_and(|fact| fact.here().is_some());
    let why_not = both_ways::why_not(step).filter(|_| !both);
    let waits = (!both && why_not.is_none() && !described).then_some("The table is being looked at");
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        if parts::switch_ui(ui, both, "Goes both ways", why_not.or(waits)).clicked() {
            draft.designer.go_both_ways(state, !both);
        }
        ui.label(theme::medium("Goes both ways").color(tokens(ui).strong));
    });
    let help = match (both, why_not) {
        (true, _) => "What changes at one end is written to the other",
        (false, Some(why_not)) => why_not,
        (false, None) => "Off: rows are loaded from the source into the object, and nothing comes back",
    };
    hint_ui(ui, help);
}

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, step: &Step, sync: &Sync) {
    let ends = sync.ends(step);
    let table = state.table(step).and_then(|fact| fact.here()).map(|described| described.schema.clone());
    let object = draft.designer.object(state).cloned();
    ends_ui(ui, draft, step, sync);
    let columns: &[Field] = table.as_deref().map_or(&[], |table| &table.fields);
    columns_ui(ui, draft, &ends, sync, columns);
    right_ui(ui, draft, &ends, sync);
    matching_ui(ui, draft, step, sync);
    taking_part_ui(ui, draft, step, &ends, sync);
    deletions_ui(ui, draft, &ends, sync, [table.as_deref(), object.as_deref()]);
    let fields: &[Field] = object.as_deref().map_or(&[], |object| &object.fields);
    keeps_ui(ui, draft, &ends, sync, columns, fields);
}

/// Changes the sync of the step on the screen.
fn change(draft: &mut Draft, what: &str, change: impl FnOnce(&mut Sync)) {
    draft.designer.change_step(what, |step| {
        if let Some(sync) = &mut step.sync {
            change(sync);
        }
    });
}

fn type_in(draft: &mut Draft, what: &str, change: impl FnOnce(&mut Sync)) {
    draft.designer.type_step(what, what, |step| {
        if let Some(sync) = &mut step.sync {
            change(sync);
        }
    });
}

fn text_ui(ui: &mut Ui, draft: &mut Draft, name: &str, hint: &str, text: &str, set: impl FnOnce(&mut Sync, String)) {
    let label = ui.add(Label::new(theme::small(name).color(tokens(ui).quiet)).wrap());
    let mut typed = text.to_owned();
    let edit = TextEdit::singleline(&mut typed).hint_text(hint.to_owned()).desired_width(f32::INFINITY);
    let response = ui.add(edit.margin(egui::Margin::symmetric(8, 5))).labelled_by(label.id);
    if response.changed() {
        type_in(draft, name, |sync| set(sync, typed));
    }
    if response.lost_focus() {
        draft.designer.end_stretch();
    }
}

/// A choice of one of several words.
fn pick_ui<T: Copy + PartialEq>(
    ui: &mut Ui,
    draft: &mut Draft,
    name: &str,
    choices: &[(T, String)],
    now: T,
    set: impl FnOnce(&mut Sync, T),
) {
    let shown = choices.iter().find(|(choice, _)| *choice == now).map_or("", |(_, words)| words);
    let items = || choices.iter().enumerate().map(|(at, (_, words))| PickItem::new(at.to_string(), words)).collect();
    let picker = Picker::new(Id::unique(("sync", name)), name, shown).list_width(380.0);
    if let Some(chosen) = picker.width(ui.available_width()).ui(ui, items)
        && let Some((choice, _)) = chosen.parse().ok().and_then(|at: usize| choices.get(at))
    {
        change(draft, name, |sync| set(sync, *choice));
    }
}

/// A column or field; blank for none where that is allowed.
fn field_ui(
    ui: &mut Ui,
    draft: &mut Draft,
    name: &str,
    fields: &[Field],
    (now, none): (&str, Option<&str>),
    set: impl FnOnce(&mut Sync, String),
) {
    ui.add(Label::new(theme::small(name).color(tokens(ui).quiet)).wrap());
    let lost =
        !now.is_empty() && !fields.is_empty() && !fields.iter().any(|field| field.name.eq_ignore_ascii_case(now));
    let shown = if now.is_empty() { none.unwrap_or("") } else { now };
    let items = || {
        let none = none.map(|words| PickItem::new("", words));
        let item = |field: &Field| {
            let item = PickItem::new(&field.name, &field.name);
            if field.label == field.name || field.label.is_empty() { item } else { item.detail(&field.label) }
        };
        none.into_iter().chain(fields.iter().map(item)).collect()
    };
    let picker = Picker::new(Id::unique(("sync field", name)), name, shown).hint("Choose a column…").list_width(380.0);
    let warn = lost || (now.is_empty() && none.is_none());
    if let Some(chosen) = picker.warn(warn).width(ui.available_width()).ui(ui, items) {
        change(draft, name, |sync| set(sync, chosen));
    }
}

/// What people call both ends.
fn ends_ui(ui: &mut Ui, draft: &mut Draft, step: &Step, sync: &Sync) {
    part_ui(ui, "Names of both ends");
    let source = step.source.name();
    let (table, org) = (format!("{source} is called"), format!("{} is called", step.org));
    text_ui(ui, draft, &table, &sync.ends(step)[0], &sync.left, |sync, name| sync.left = name);
    text_ui(ui, draft, &org, &step.org, &sync.right, |sync, name| sync.right = name);
}

/// Columns of the table that mean something to the sync.
fn columns_ui(ui: &mut Ui, draft: &mut Draft, ends: &[String; 2], sync: &Sync, columns: &[Field]) {
    let left = &ends[0];
    part_ui(ui, &format!("Columns of {left}"));
    field_ui(ui, draft, "Its key", columns, (&sync.key, None), |sync, key| sync.key = key);
    let none = Some("None");
    field_ui(ui, draft, "When it was changed last", columns, (&sync.stamp, none), |sync, name| sync.stamp = name);
    field_ui(ui, draft, "Who changed it", columns, (&sync.changed_by, none), |sync, name| sync.changed_by = name);
}

/// Who is right where both ends changed a field.
fn right_ui(ui: &mut Ui, draft: &mut Draft, ends: &[String; 2], sync: &Sync) {
    part_ui(ui, "When both ends changed a field");
    let choices: Vec<_> = STRATEGIES.iter().map(|strategy| (*strategy, both_ways::who(*strategy, ends))).collect();
    let name = "Who is right about all fields";
    pick_ui(ui, draft, name, &choices, sync.strategy, |sync, strategy| sync.strategy = strategy);
    hint_ui(ui, "A field may say otherwise: choose it to see its rule");
    let by_time = |strategy: Option<Strategy>| strategy == Some(Strategy::LastWrite);
    if !by_time(Some(sync.strategy)) && !sync.lines.iter().any(|line| by_time(line.strategy)) {
        return;
    }
    ui.horizontal(|ui| {
        let label = ui.label("Clocks may disagree by");
        let mut seconds = sync.skew_seconds;
        ui.add(DragValue::new(&mut seconds).range(0..=3_600).suffix(" s")).labelled_by(label.id);
        if seconds != sync.skew_seconds {
            type_in(draft, "Clocks may disagree", |sync| sync.skew_seconds = seconds);
        }
    });
    ui.label(theme::small("Where both were changed within that time").color(tokens(ui).quiet));
    let choices = [
        (None, "A person decides".to_owned()),
        (Some(End::Left), format!("{} is right", ends[0])),
        (Some(End::Right), format!("{} is right", ends[1])),
    ];
    pick_ui(ui, draft, "Who is right within that time", &choices, sync.tie, |sync, tie| sync.tie = tie);
}

/// How records without a partner find one.
fn matching_ui(ui: &mut Ui, draft: &mut Draft, step: &Step, sync: &Sync) {
    part_ui(ui, "Records find their partner by");
    hint_ui(ui, "First by what each end keeps of the other's key, then by the key itself, then in this order");
    for (at, rule) in sync.matching.iter().enumerate() {
        ui.push_id(("match", at), |ui| match_ui(ui, draft, step, sync, at, rule));
    }
    let free = || {
        let used = |target: &str| sync.matching.iter().any(|rule| rule.target.eq_ignore_ascii_case(target));
        let lines = step.mapping.rules.iter().filter(|rule| !used(&rule.target));
        lines.map(|rule| PickItem::new(&rule.target, &rule.target)).collect()
    };
    let picker = Picker::new(Id::unique("sync match more"), "Another field by which records match", "");
    if let Some(target) = picker.hint("And by…").width(170.0).ui(ui, free) {
        let by = likely(&target);
        change(draft, "Match by another field", |sync| sync.matching.push(MatchRule { target, by }));
    }
}

/// How values of a field are probably compared, by its name.
fn likely(target: &str) -> MatchBy {
    let name = target.to_lowercase();
    match () {
        () if name.contains("mail") => MatchBy::Email,
        () if name.contains("phone") || name.contains("fax") || name.contains("mobile") => MatchBy::Phone,
        () if name.contains("name") => MatchBy::Name,
        () => MatchBy::Key,
    }
}

fn match_ui(ui: &mut Ui, draft: &mut Draft, step: &Step, sync: &Sync, at: usize, rule: &MatchRule) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let lost = step.mapping.rule(&rule.target).is_none();
        let text = theme::mono(format!("{}. {}", at + 1, rule.target));
        let colour = if lost { tokens(ui).bad.strong } else { tokens(ui).text };
        ui.add(Label::new(text.color(colour)).truncate());
    });
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        let name = format!("How {} is compared", rule.target);
        let shown = MATCHES.iter().find(|(by, _)| *by == rule.by).map_or("", |(_, words)| words);
        let items = || MATCHES.iter().map(|(_, words)| PickItem::new(*words, *words)).collect();
        let picker = Picker::new(Id::unique(("sync match by", at)), &name, shown);
        if let Some(chosen) = picker.width((ui.available_width() - BESIDE).clamp(120.0, 230.0)).ui(ui, items)
            && let Some((by, _)) = MATCHES.iter().find(|(_, words)| *words == chosen)
        {
            change(draft, &name, |sync| sync.matching[at].by = *by);
        }
        let earlier = format!("Match by {} earlier", rule.target);
        if Press::new("↑").name(&earlier).quiet().low().enabled(at > 0).ui(ui).clicked() {
            change(draft, &earlier, |sync| sync.matching.swap(at, at - 1));
        }
        let later = format!("Match by {} later", rule.target);
        let more = at + 1 < sync.matching.len();
        if Press::new("↓").name(&later).quiet().low().enabled(more).ui(ui).clicked() {
            change(draft, &later, |sync| sync.matching.swap(at, at + 1));
        }
        let not = format!("Do not match by {}", rule.target);
        if Press::icon_only(icon::X, &not).low().ui(ui).clicked() {
            change(draft, &not, |sync| {
                sync.matching.remove(at);
            });
        }
    });
}

/// Which records take part, and where new ones are made.
fn taking_part_ui(ui: &mut Ui, draft: &mut Draft, step: &Step, ends: &[String; 2], sync: &Sync) {
    let [left, right] = ends;
    part_ui(ui, "Records that only one end has");
    for (end, there, here, on) in
        [(End::Right, right, left, sync.create_right), (End::Left, left, right, sync.create_left)]
    {
        let mut wanted = on;
        if parts::check_ui(ui, &mut wanted, &format!("Make in {there} what only {here} has"), "") {
            change(draft, &format!("Make in {there}"), |sync| match end {
                End::Left => sync.create_left = wanted,
                End::Right => sync.create_right = wanted,
            });
        }
    }
    let name = format!("Only {} records of {right} where", step.object);
    let hint = "Type = 'Customer'";
    text_ui(ui, draft, &name, hint, &sync.within, |sync, within| sync.within = within);
    hint_ui(ui, "A condition as in a query. Blank: all of them take part");
}

/// What deletions do.
fn deletions_ui(ui: &mut Ui, draft: &mut Draft, ends: &[String; 2], sync: &Sync, schemas: [Option<&Schema>; 2]) {
    for (at, there) in [(End::Left, End::Right), (End::Right, End::Left)] {
        let (here, other) = (&ends[at as usize], &ends[there as usize]);
        let name = format!("A record that is deleted in {here}");
        part_ui(ui, &name);
        let all = [Deletes::Ignore, Deletes::Propagate, Deletes::Archive, Deletes::Recreate];
        let choices = all.map(|deletes| (deletes, both_ways::deletion(deletes, other)));
        let now = if at == End::Left { sync.deleted_left } else { sync.deleted_right };
        pick_ui(ui, draft, &name, &choices, now, |sync, deletes| match at {
            End::Left => sync.deleted_left = deletes,
            End::Right => sync.deleted_right = deletes,
        });
        if now == Deletes::Archive {
            mark_ui(ui, draft, there, other, sync, schemas[there as usize]);
        }
    }
    ui.horizontal(|ui| {
        let label = ui.label("Confirm deletions above");
        let mut above = sync.confirm_deletes_above;
        let drag = DragValue::new(&mut above).range(0..=1_000_000).speed(1.0);
        let drag = drag.custom_formatter(|value, _| format::number(value.round().max(0.0) as u64));
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>().parse().ok();
        ui.add(drag.custom_parser(digits)).labelled_by(label.id);
        if above != sync.confirm_deletes_above {
            type_in(draft, "Confirm deletions above", |sync| sync.confirm_deletes_above = above);
        }
    });
    hint_ui(ui, "More at one end are more likely a mistake than a wish: a person types how many");
}

/// What marks a record as archived.
fn mark_ui(ui: &mut Ui, draft: &mut Draft, end: End, name: &str, sync: &Sync, schema: Option<&Schema>) {
    let mark = match end {
        End::Left => sync.archive_left.clone(),
        End::Right => sync.archive_right.clone(),
    };
    let mark = mark.unwrap_or(Mark { field: String::new(), value: String::new() });
    let put = |sync: &mut Sync, mark: Mark| match end {
        End::Left => sync.archive_left = Some(mark),
        End::Right => sync.archive_right = Some(mark),
    };
    let fields = schema.map_or(&[][..], |schema| &schema.fields);
    ui.indent(("archive", name), |ui| {
        let label = format!("Field of {name} that says so");
        field_ui(ui, draft, &label, fields, (&mark.field, None), |sync, field| {
            put(sync, Mark { field, ..mark.clone() });
        });
        let label = format!("Its value in {name}");
        text_ui(ui, draft, &label, "true", &mark.value, |sync, value| put(sync, Mark { value, ..mark.clone() }));
    });
}

/// Where each end keeps the other's key.
fn keeps_ui(ui: &mut Ui, draft: &mut Draft, ends: &[String; 2], sync: &Sync, columns: &[Field], fields: &[Field]) {
    let [left, right] = ends;
    let keeps = &sync.keeps;
    part_ui(ui, "What each end keeps of the other");
    let none = Some("Nowhere");
    let id = format!("Column of {left} for the id in {right}");
    field_ui(ui, draft, &id, columns, (&keeps.left_id, none), |sync, name| sync.keeps.left_id = name);
    let synced = format!("Column of {left} for the last sync");
    field_ui(ui, draft, &synced, columns, (&keeps.left_synced, none), |sync, name| sync.keeps.left_synced = name);
    let synced = format!("Field of {right} for the last sync");
    field_ui(ui, draft, &synced, fields, (&keeps.right_synced, none), |sync, name| sync.keeps.right_synced = name);
    let hash = format!("Field of {right} for the hash of both");
    field_ui(ui, draft, &hash, fields, (&keeps.right_hash, none), |sync, name| sync.keeps.right_hash = name);
    if keeps.left_id.is_empty() {
        let text = format!(
            "Without the id of {right} in {left}, pairs are known only here, and by the key that both ends have"
        );
        parts::note_ui(ui, Meaning::Plain, &text);
    }
}
