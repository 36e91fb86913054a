//! The repair that fits a cause: a rule over its column with what it would change, or what else helps.

use super::retry;
use crate::gui::command::{Command, Outbox};
use crate::gui::draft::Draft;
use crate::gui::errors::{ErrorsAsk, ErrorsDeed, Group, RuleDraft, RuleKind};
use crate::gui::format;
use crate::gui::parts::{self, PickItem, Picker, Press};
use crate::gui::state::{Fact, State};
use crate::gui::theme::{self, Meaning, icon, tokens};
use crate::workspace::{Advice, CHOSEN_COLUMN, CellRule, LetterCase, MadeBy, QueueCard, Suggestion, Way};
use egui::{Id, Label, Margin, RichText, TextEdit, Ui};

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox, card: &QueueCard) {
    let group = Group::of(card);
    let advice = match &state.errors.advice {
        Some((of, Fact::Here(advice))) if *of == group => advice,
        Some((of, Fact::Failed(error))) if *of == group => return parts::error_ui(ui, error, out, |_| {}),
        _ => {
            parts::card(ui).inner_margin(Margin::symmetric(12, 10)).show(ui, |ui| {
                ui.set_width(ui.available_width());
                parts::waiting_ui(ui, "Looking at the cause", 3);
            });
            return;
        }
    };
    if draft.errors.rule.as_ref().is_none_or(|(of, _)| *of != group) {
        draft.errors.rule = Some((group.clone(), RuleDraft::suggested(advice, &card.columns)));
        draft.errors.asked = None;
    }
    parts::card(ui).inner_margin(Margin::symmetric(12, 10)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 6.0;
        advice_ui(ui, state, draft, out, card, advice);
        if takes_rules(advice.suggestion) {
            rule_ui(ui, state, draft, out, &group, card, advice);
        }
    });
}

/// Whether a correction of cells can help.
fn takes_rules(suggestion: Suggestion) -> bool {
    matches!(suggestion, Suggestion::Map | Suggestion::Trim | Suggestion::Default | Suggestion::Edit)
}

/// What to do, in a sentence, with the button for it where it is no rule.
fn advice_ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox, card: &QueueCard, advice: &Advice) {
    let field = advice.field.as_deref().unwrap_or("the field");
    let made = match &advice.made_by {
        MadeBy::Formula(columns) => {
            format!(
                " {field} is made by a formula of {}: correct these cells, or change the mapping.",
                columns.join(" and ")
            )
        }
        _ => String::new(),
    };
    let (meaning, sentence) = match advice.suggestion {
        Suggestion::Map if advice.allowed.is_empty() => {
            (Meaning::Accent, format!("Say what each value becomes.{made}"))
        }
        Suggestion::Map => (Meaning::Accent, format!("Map each value to one that {field} takes.{made}")),
        Suggestion::Trim => {
            (Meaning::Accent, format!("Cut the texts to the length of {field}, or shorten them one by one.{made}"))
        }
        Suggestion::Default => (Meaning::Accent, format!("Give the blank cells a value.{made}")),
        Suggestion::Edit => {
            let hint = card.hint.clone().unwrap_or_else(|| "Correct the cells, then retry.".to_owned());
            (Meaning::Accent, format!("{hint}{made}"))
        }
        Suggestion::Duplicates => (
            Meaning::Accent,
            match card.cause.code.as_str() {
                "DUPLICATES_DETECTED" => {
                    "Update the records that are there, save the rows all the same, or leave them."
                }
                _ => "Choose the records that are there and update them, or give the rows another value.",
            }
            .to_owned()
                + " A click on a row shows the records.",
        ),
        Suggestion::Retry => (Meaning::Good, "Nothing to correct: this passes with time. Just retry.".to_owned()),
        Suggestion::Parent => (
            Meaning::Information,
            "Nothing to do here: they are sent by themselves in the retry in which their parent gets through."
                .to_owned(),
        ),
        Suggestion::Mapping => {
            let why = match advice.made_by {
                MadeBy::Nothing => format!("{field} is not mapped: no cell of these rows can mend it."),
                _ => format!("The mapping sets {field}, no cell of these rows: change it there, then retry."),
            };
            (Meaning::Attention, why)
        }
        Suggestion::Org => (
            Meaning::Attention,
            card.hint.clone().unwrap_or_else(|| "Show the message to whoever maintains the org.".to_owned()),
        ),
        Suggestion::Continue => {
            (Meaning::Attention, "Nobody knows yet whether they arrived. Continuing the run finds out.".to_owned())
        }
    };
    let icon = if meaning == Meaning::Accent { icon::SPARKLES } else { parts::meaning_icon(meaning) };
    ui.horizontal_top(|ui| {
        ui.label(RichText::new(icon).size(14.0).color(tokens(ui).tint(meaning).strong));
        ui.add(Label::new(RichText::new(sentence).color(tokens(ui).strong)).wrap());
    });
    let by_mapping = matches!(advice.suggestion, Suggestion::Mapping) || matches!(advice.made_by, MadeBy::Formula(_));
    if !by_mapping && !matches!(advice.suggestion, Suggestion::Duplicates | Suggestion::Parent) {
        return;
    }
    ui.horizontal_wrapped(|ui| match advice.suggestion {
        Suggestion::Duplicates => duplicates_ui(ui, state, draft, out, card),
        Suggestion::Parent => parents_ui(ui, state, draft, card),
        _ => mapping_ui(ui, draft, out, card),
    });
}

fn duplicates_ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox, card: &QueueCard) {
    let group = Group::of(card);
    if !crate::workspace::ids_in(&card.example).is_empty() {
        let help = "Each row updates the record whose id its message names";
        let press = Press::new("Choose the records named").icon(icon::CHECK).low();
        if press.ui(ui).on_hover_text(help).clicked() {
            let deed = ErrorsDeed::Apply {
                group: group.clone(),
                column: CHOSEN_COLUMN.to_owned(),
                rule: CellRule::RecordInMessage,
            };
            out.push(Command::Errors(ErrorsAsk::Do(deed)));
        }
    }
    let help = "A new run that updates, for each row, the record chosen for it";
    if Press::new("Update the chosen records").icon(icon::PENCIL).low().ui(ui).on_hover_text(help).clicked() {
        retry(state, draft, out, card, group.selected(), Way::UpdateChosen, card.rows);
    }
    if card.cause.code == "DUPLICATES_DETECTED" {
        let help = "A new run that saves them although a duplicate rule warns, where the rule lets you";
        if Press::new("Save anyway").icon(icon::CIRCLE_PLUS).low().ui(ui).on_hover_text(help).clicked() {
            retry(state, draft, out, card, group.selected(), Way::SaveDuplicates, card.rows);
        }
    }
}

/// The way to the parents that did not get through.
fn parents_ui(ui: &mut Ui, state: &State, draft: &mut Draft, card: &QueueCard) {
    let parents = state.errors.cards().iter().filter(|other| other.run <= card.run && other.step < card.step);
    for parent in parents.take(3) {
        let text = format!("{} of {}: {}", format::number(parent.rows), parent.object, parent.words());
        if Press::new(&format::middle(&text, 60)).icon(icon::ARROW_RIGHT).low().ui(ui).clicked() {
            draft.errors.look_at(Group::of(parent));
        }
    }
}

fn mapping_ui(ui: &mut Ui, draft: &mut Draft, out: &mut Outbox, card: &QueueCard) {
    match card.integration {
        Some(id) => {
            if Press::new("Open the mapping").icon(icon::WORKFLOW).low().ui(ui).clicked() {
                draft.open_integration(id, out);
            }
        }
        None => {
            let text = "It was an import without a name: change the mapping there, and import the rows that are exported here.";
            ui.add(Label::new(theme::small(text).color(tokens(ui).quiet)).wrap());
        }
    }
}

/// Which column, which rule, what it changes, and the button that does it.
fn rule_ui(
    ui: &mut Ui,
    state: &State,
    draft: &mut Draft,
    out: &mut Outbox,
    group: &Group,
    card: &QueueCard,
    advice: &Advice,
) {
    let Some((of, mut rule)) = draft.errors.rule.take() else { return };
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(6.0, 6.0);
        let picker = Picker::new(Id::unique("rule kind"), "Rule", rule.kind.label());
        let items = || RuleKind::ALL.map(|kind| PickItem::new(kind.label(), kind.label())).to_vec();
        if let Some(key) = picker.ui(ui, items) {
            rule.kind = RuleKind::ALL.into_iter().find(|kind| kind.label() == key).unwrap_or_default();
            if rule.kind == RuleKind::Map && rule.pairs.is_empty() {
                rule.pairs.push((String::new(), String::new()));
            }
        }
        ui.label(RichText::new("in").color(tokens(ui).quiet));
        let shown = format::middle(&rule.column, 28);
        let picker = Picker::new(Id::unique("rule column"), "Column", &shown).hint("Choose a column");
        let items = || card.columns.iter().map(|column| PickItem::new(column, column)).collect();
        if let Some(key) = picker.ui(ui, items) {
            let same = advice.made_by.column() == Some(key.as_str());
            rule.column = key;
            if !same && rule.kind == RuleKind::Map {
                rule.pairs = vec![(String::new(), String::new())];
            }
        }
        match rule.kind {
            RuleKind::Map => {}
            RuleKind::Trim => {
                ui.label(RichText::new("to").color(tokens(ui).quiet));
                field_ui(ui, "Most characters", 64.0, "any", &mut rule.length);
                ui.label(RichText::new("characters, without spaces around").color(tokens(ui).quiet));
            }
            RuleKind::Default | RuleKind::Set => value_ui(ui, "New value", advice, &rule.column, &mut rule.to),
            RuleKind::Replace => {
                field_ui(ui, "Text to replace", 120.0, "this", &mut rule.from);
                ui.label(RichText::new("by").color(tokens(ui).quiet));
                field_ui(ui, "New text", 120.0, "nothing", &mut rule.to);
            }
            RuleKind::Case => {
                let cases = [
                    (LetterCase::Lower, "small letters"),
                    (LetterCase::Upper, "CAPITALS"),
                    (LetterCase::Title, "Each Word Begins With One"),
                ];
                for (case, name) in cases {
                    if Press::new(name).low().chosen(rule.case == Some(case)).ui(ui).clicked() {
                        rule.case = Some(case);
                    }
                }
            }
        }
    });
    if rule.kind == RuleKind::Map {
        map_ui(ui, advice, &mut rule);
    }
    apply_ui(ui, state, draft, out, group, &rule);
    draft.errors.rule = Some((of, rule));
}

/// Width of a value with what it becomes.
const PAIR: f32 = 280.0;

/// Each value, and what it becomes.
fn map_ui(ui: &mut Ui, advice: &Advice, rule: &mut RuleDraft) {
    let listed = advice.made_by.column() == Some(rule.column.as_str());
    let beside = ((ui.available_width() / PAIR) as usize).max(1);
    let column = rule.column.clone();
    for (line, pairs) in rule.pairs.chunks_mut(beside).enumerate() {
        ui.horizontal(|ui| {
            for (at, pair) in pairs.iter_mut().enumerate() {
                let size = egui::vec2(PAIR - 12.0, theme::CONTROL);
                let layout = egui::Layout::left_to_right(egui::Align::Center);
                ui.push_id((line, at), |ui| {
                    ui.allocate_ui_with_layout(size, layout, |ui| {
                        ui.set_width(size.x);
                        pair_ui(ui, advice, &column, listed, pair);
                    });
                });
            }
        });
    }
    let hidden = if listed { advice.to_map().skip(rule.pairs.len()).count() } else { 0 };
    if hidden > 0 {
        let text = format!("Show {} more", format::count(hidden as u64, "value", "values"));
        if Press::new(&text).low().quiet().ui(ui).clicked() {
            let more = advice.to_map().skip(rule.pairs.len()).take(8);
            rule.pairs
                .extend(more.map(|(value, _)| (value.clone(), advice.proposed(value).unwrap_or_default().to_owned())));
        }
    }
}

fn pair_ui(ui: &mut Ui, advice: &Advice, column: &str, listed: bool, (from, to): &mut (String, String)) {
    ui.spacing_mut().item_spacing.x = 6.0;
    let count = advice.values.iter().find(|(value, _)| value == from).map(|(_, count)| *count);
    match count.filter(|_| listed) {
        Some(count) => {
            let shown = if from.is_empty() { "blank".to_owned() } else { format::middle(from, 12) };
            ui.label(theme::medium(shown).color(tokens(ui).strong)).on_hover_text(from.as_str());
            ui.label(theme::small(format::number(count)).color(tokens(ui).quiet));
        }
        None => field_ui(ui, "Value", 90.0, "value", from),
    }
    ui.label(RichText::new(icon::ARROW_RIGHT).size(13.0).color(tokens(ui).quiet));
    let name = if from.is_empty() { "Becomes".to_owned() } else { format!("{from} becomes") };
    value_ui(ui, &name, advice, column, to);
}

/// A value: one that the field takes, where it is a list and the column goes into it; else as typed.
fn value_ui(ui: &mut Ui, name: &str, advice: &Advice, column: &str, value: &mut String) {
    if advice.allowed.is_empty() || advice.made_by.column() != Some(column) {
        return field_ui(ui, name, 140.0, "value", value);
    }
    let picker = Picker::new(Id::unique(("value", name)), name, value).width(140.0);
    let items = || {
        let item = |(value, label): &(String, String)| {
            let item = PickItem::new(value, value);
            if value == label { item } else { item.detail(label) }
        };
        advice.allowed.iter().map(item).collect()
    };
    if let Some(key) = picker.ui(ui, items) {
        *value = key;
    }
}

fn field_ui(ui: &mut Ui, name: &str, width: f32, hint: &str, text: &mut String) {
    let edit = TextEdit::singleline(text).hint_text(hint.to_owned()).desired_width(width);
    let edit = edit.margin(Margin::symmetric(8, 5)).min_size(egui::vec2(0.0, theme::CONTROL));
    ui.add(edit).accessible_name(name.to_owned());
}

/// How many rows the rule changes, and the button.
fn apply_ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox, group: &Group, rule: &RuleDraft) {
    let made = rule.rule().filter(|_| !rule.column.is_empty());
    let wanted = made.clone().map(|made| (rule.column.clone(), made));
    let asked = draft.errors.asked.as_ref().map(|(_, column, rule)| (column.clone(), rule.clone()));
    let waits = matches!(&state.errors.preview, Some((_, Fact::Waiting)));
    let current = draft.errors.asked.as_ref().map(|(ticket, ..)| *ticket);
    if let Some((column, made)) = wanted.clone().filter(|_| wanted != asked && !waits) {
        // One question at a time: while it is answered, what is typed on is not asked about yet.
        draft.errors.tickets += 1;
        let ticket = draft.errors.tickets;
        draft.errors.asked = Some((ticket, column.clone(), made.clone()));
        out.push(Command::Errors(ErrorsAsk::Preview { group: group.clone(), column, rule: made, ticket }));
    }
    let preview = state.errors.preview.as_ref().filter(|(ticket, _)| Some(*ticket) == current && wanted == asked);
    ui.horizontal(|ui| {
        let known = preview.and_then(|(_, fact)| fact.here());
        let changes = known.map_or(0, |preview| preview.changed);
        let why_not = match (&made, known) {
            (None, _) => Some("Say first what the cells become"),
            (Some(_), Some(preview)) if preview.changed == 0 => Some("No cell would change"),
            (Some(_), Some(_)) => None,
            (Some(_), None) => Some("The rows are being counted"),
        };
        let label = if changes > 0 {
            format!("Correct {}", format::count(changes, "row", "rows"))
        } else {
            "Correct".to_owned()
        };
        if Press::new(&label).icon(icon::PENCIL).why_not(why_not).ui(ui).clicked()
            && let Some(rule) = made
        {
            let deed = ErrorsDeed::Apply {
                group: group.clone(),
                column: wanted.map(|(column, _)| column).unwrap_or_default(),
                rule,
            };
            out.push(Command::Errors(ErrorsAsk::Do(deed)));
            draft.errors.asked = None;
        }
        match preview {
            Some((_, Fact::Here(preview))) => {
                let of = format!(
                    "changes {} of {}",
                    format::number(preview.changed),
                    format::count(preview.rows, "row", "rows")
                );
                ui.label(theme::small(of).color(tokens(ui).text));
                if let Some((before, after)) = preview.examples.first() {
                    let text = format!("{} → {}", quoted(before), quoted(after));
                    ui.add(Label::new(theme::small(text).color(tokens(ui).quiet)).truncate());
                }
            }
            Some((_, Fact::Failed(error))) => parts::note_ui(ui, Meaning::Bad, &error.message),
            Some((_, Fact::Waiting)) => {
                ui.label(theme::small("Counting…").color(tokens(ui).quiet));
            }
            None => {}
        }
    });
}

fn quoted(text: &str) -> String {
    if text.is_empty() { "blank".to_owned() } else { format!("\"{}\"", format::middle(&format::one_line(text), 40)) }
}
