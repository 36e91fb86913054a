//! What a sync would do, before it does it: the first one waits here for a yes, and any other may be looked at.

use crate::gui::command::Outbox;
use crate::gui::draft::Draft;
use crate::gui::format;
use crate::gui::parts::{self, Press};
use crate::gui::state::{Fact, State};
use crate::gui::syncing::{SyncOf, deletions, writes};
use crate::gui::theme::{self, Meaning, icon, tokens};
use crate::sync::End;
use crate::workspace::SyncLook;
use egui::{Align2, Color32, Id, Label, Modal, Rect, RichText, Role, ScrollArea, Sense, TextEdit, Ui, WidgetInfo};

/// Height of a line of the table, and width of its columns of numbers.
const LINE: f32 = 28.0;
const NUMBER: f32 = 96.0;

pub(super) fn ui(ui: &Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    let Some(of) = draft.sync.of.clone() else { return };
    let looked = draft.sync.looked(state).cloned();
    let mut begin = false;
    let modal =
        Modal::new(Id::unique("sync")).backdrop_color(tokens(ui).veil).frame(parts::dialog(ui)).show(ui.ctx(), |ui| {
            ui.set_width(560.0);
            ui.spacing_mut().item_spacing.y = 8.0;
            parts::section_ui(ui, &format!("Sync {}", format::middle(&of.name, 44)), |_| {});
            match &looked {
                Some(Fact::Here(looks)) => looks_ui(ui, draft, out, &of, looks),
                Some(Fact::Failed(error)) => parts::error_ui(ui, error, out, |_| {}),
                _ => {
                    let [left, right] = &of.ends;
                    let words = format!("Reading {left} and {right}, and comparing them; nothing is written");
                    parts::waiting_ui(ui, &words, 4);
                }
            }
            ui.add_space(4.0);
            ui.horizontal(|ui| {
                if let Some(Fact::Here(looks)) = &looked {
                    begin = begin_ui(ui, state, draft, &of, looks);
                }
                if let Some(Fact::Failed(_)) = &looked
                    && Press::new("Look again").icon(icon::REFRESH_CW).ui(ui).clicked()
                {
                    draft.sync.look(of.clone(), draft.sync.full, out);
                }
                let close = Press::new("Cancel").ui(ui);
                if ui.memory(|memory| memory.focused().is_none()) {
                    close.request_focus();
                }
                if close.clicked() {
                    ui.close();
                }
            });
        });
    if begin {
        draft.sync_looked(state, out);
    } else if modal.should_close() && draft.confirm.is_none() {
        draft.sync.close(out);
    }
}

/// The button that begins it, with what is still to be said.
fn begin_ui(ui: &mut Ui, state: &State, draft: &Draft, of: &SyncOf, looks: &[SyncLook]) -> bool {
    let first = looks.iter().any(|look| look.first);
    let label = if first { "Accept and sync" } else { "Sync now" };
    let confirmed = deletions(looks).is_none_or(|count| digits(&draft.sync.typed) == Some(count));
    let why_not = state.starting().or((!confirmed).then_some("The number of deletions has to be typed first"));
    let press = Press::new(label).why_not(why_not);
    let press = match of.production(state) {
        Some(_) => press.danger().icon(icon::LOCK),
        None => press.primary().icon(icon::REFRESH_CW),
    };
    press.ui(ui).clicked()
}

/// A number, however its thousands are set apart.
fn digits(text: &str) -> Option<u64> {
    let apart = |letter: char| letter.is_whitespace() || [',', '.', '\''].contains(&letter);
    text.chars().filter(|letter| !apart(*letter)).collect::<String>().parse().ok()
}

fn looks_ui(ui: &mut Ui, draft: &mut Draft, out: &mut Outbox, of: &SyncOf, looks: &[SyncLook]) {
    let first = looks.iter().any(|look| look.first);
    let words = match () {
        () if first => "This is the first sync, and nothing was written yet. If this is right, accept it.",
        () if writes(looks) == 0 => "Nothing was written, and there is nothing to write.",
        () => "Nothing was written yet. A sync would do this:",
    };
    ui.label(theme::small(words).color(tokens(ui).quiet));
    let most = (ui.ctx().content_rect().height() - 330.0).clamp(150.0, 420.0);
    ScrollArea::vertical().max_height(most).auto_shrink([false, true]).show(ui, |ui| {
        for (at, look) in looks.iter().enumerate() {
            ui.push_id(at, |ui| {
                if looks.len() > 1 {
                    ui.add_space(if at == 0 { 0.0 } else { 8.0 });
                    let step = format!("{} and {}", look.ends[0], look.object);
                    ui.label(theme::medium(step).color(tokens(ui).strong));
                }
                table_ui(ui, look);
                notes(look, false).iter().for_each(|note| note_ui(ui, note));
            });
        }
    });
    let mut full = draft.sync.full;
    if !first {
        let help = format!("Reads all of {}, and not only what has changed there since the last sync", of.ends[1]);
        if parts::check_ui(ui, &mut full, "Compare everything", &help) {
            draft.sync.look(of.clone(), full, out);
        }
    }
    deletions_ui(ui, draft, looks);
}

/// Many deletions are typed, so that nobody says yes to them unseen.
fn deletions_ui(ui: &mut Ui, draft: &mut Draft, looks: &[SyncLook]) {
    let Some(count) = deletions(looks) else { return };
    let said = looks.iter().filter_map(|look| {
        let (end, count) = look.to_confirm()?;
        let Some(end) = end else {
            return Some(format!("{} have lost their record at one end", format::count(count, "pair", "pairs")));
        };
        let (here, there) = (&look.ends[end as usize], &look.ends[end.other() as usize]);
        let records = format::count(count, "record", "records");
        Some(format!("{records} of {here} would be deleted, because they are no longer in {there}"))
    });
    let text = said.collect::<Vec<_>>().join("; ");
    parts::banner_ui(ui, Meaning::Bad, &text, Some("Look whether both ends are complete."), |_| {});
    let label = ui.label(format!("Type {} to confirm it", format::number(count)));
    let field = TextEdit::singleline(&mut draft.sync.typed).desired_width(160.0).margin(egui::Margin::symmetric(8, 5));
    ui.add(field).labelled_by(label.id);
}

/// What is made, changed and deleted at each end.
fn table_ui(ui: &mut Ui, look: &SyncLook) {
    let tokens = tokens(ui);
    let counts = &look.counts;
    let columns = [("Make", counts.create), ("Change", counts.change), ("Delete", counts.delete)];
    let size = egui::vec2(ui.available_width(), LINE * 3.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let said = sentence(look);
    response.widget_info(|| WidgetInfo::labeled(Role::Table, true, &said));
    let line =
        |at: usize| rect.with_min_y(rect.top() + LINE * at as f32).with_max_y(rect.top() + LINE * (at + 1) as f32);
    let cell = |of: Rect, column: usize| of.with_max_x(of.right() - NUMBER * (2 - column) as f32 - 12.0);
    let painter = ui.painter().clone();
    for (column, (name, _)) in columns.iter().enumerate() {
        let at = cell(line(0), column).right_center();
        painter.text(at, Align2::RIGHT_CENTER, name, theme::small_font(), tokens.quiet);
    }
    for (row, end) in [End::Right, End::Left].into_iter().enumerate() {
        let here = line(row + 1);
        painter.hline(rect.x_range(), here.top(), (1.0, tokens.hairline));
        let name = here.with_min_x(here.left() + 12.0).with_max_x(here.right() - NUMBER * 3.0);
        let font = theme::medium_font(theme::BODY);
        parts::grid::elided(ui, name, &look.ends[end as usize], font, tokens.strong, false);
        for (column, (what, count)) in columns.iter().enumerate() {
            let count = count[end as usize];
            let colour = match (count, *what) {
                (0, _) => tokens.quiet,
                (_, "Delete") => tokens.bad.strong,
                _ => tokens.strong,
            };
            let at = cell(here, column).right_center();
            painter.text(at, Align2::RIGHT_CENTER, format::number(count), theme::medium_font(theme::BODY), colour);
        }
    }
    painter.hline(rect.x_range(), rect.bottom(), (1.0, tokens.hairline));
}

/// Something that is to be known of a sync beside what it writes.
pub(super) struct Note {
    /// What it says by its colour.
    pub meaning: Meaning,
    /// Its icon.
    pub icon: &'static str,
    /// The words.
    pub text: String,
}

fn note_ui(ui: &mut Ui, note: &Note) {
    let colour: Color32 = match note.meaning {
        Meaning::Plain => tokens(ui).quiet,
        meaning => tokens(ui).tint(meaning).strong,
    };
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        ui.add_space(12.0);
        ui.label(RichText::new(note.icon).size(13.0).color(colour));
        ui.add(Label::new(theme::small(&note.text).color(tokens(ui).text)).wrap());
    });
}

/// What is to be known of a look beside its table, before it is done or when it is.
pub(super) fn notes(look: &SyncLook, done: bool) -> Vec<Note> {
    let counts = &look.counts;
    let mut notes = Vec::new();
    let mut say = |count: u64, meaning: Meaning, icon: &'static str, one: &str, several: &str| {
        if count > 0 {
            notes.push(Note { meaning, icon, text: format::count(count, one, several) });
        }
    };
    let (plain, person) = (Meaning::Plain, Meaning::Attention);
    say(
        counts.paired,
        Meaning::Good,
        icon::LINK,
        "record is paired with its partner",
        "records are paired with their partners",
    );
    say(
        counts.ambiguous,
        person,
        icon::CIRCLE_QUESTION_MARK,
        "group of records is ambiguous: a person says who belongs to whom",
        "groups of records are ambiguous: a person says who belongs to whom",
    );
    say(
        counts.conflicts,
        person,
        icon::FLAG,
        "pair waits for a person: both ends say something else",
        "pairs wait for a person: both ends say something else",
    );
    say(counts.decided, plain, icon::CHECK, "decision is carried out", "decisions are carried out");
    for end in [End::Right, End::Left] {
        let (at, name) = (end as usize, &look.ends[end as usize]);
        let only = format!("only in {name}, and stays there");
        let only_several = format!("only in {name}, and stay there");
        say(counts.alone[at], plain, icon::CIRCLE_MINUS, &only, &only_several);
    }
    let in_step = if done { ["pair in step", "pairs in step"] } else { ["pair in step then", "pairs in step then"] };
    say(counts.in_step, plain, icon::EQUAL, in_step[0], in_step[1]);
    notes.extend(look.notes.iter().map(|note| Note {
        meaning: person,
        icon: icon::TRIANGLE_ALERT,
        text: format!("{} {}", note.sentence, note.action),
    }));
    notes
}

/// `Pair 812 · make 90 in Salesforce and 14 in Northwind ERP · 6 ambiguous · 40 conflicts · 3 without a key`
pub(super) fn sentence(look: &SyncLook) -> String {
    let counts = &look.counts;
    let mut parts = Vec::new();
    if counts.paired > 0 {
        parts.push(format!("pair {}", format::number(counts.paired)));
    }
    for (what, of) in [("make", counts.create), ("change", counts.change), ("delete", counts.delete)] {
        let ends = [End::Right, End::Left].into_iter().filter(|end| of[*end as usize] > 0);
        let at = |end: End| format!("{} in {}", format::number(of[end as usize]), look.ends[end as usize]);
        let said: Vec<_> = ends.map(at).collect();
        if !said.is_empty() {
            parts.push(format!("{what} {}", said.join(" and ")));
        }
    }
    let sum = |of: [u64; 2]| of[0] + of[1];
    for (count, words) in [
        (counts.ambiguous, "ambiguous"),
        (counts.conflicts, "conflicts"),
        (sum(counts.no_key), "without a key"),
        (sum(counts.doubled), "with the key of another"),
        (sum(counts.unreadable), "that cannot be read"),
    ] {
        if count > 0 {
            parts.push(format!("{} {words}", format::number(count)));
        }
    }
    let words = if parts.is_empty() { "nothing to do".to_owned() } else { parts.join(" · ") };
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::SyncCounts;

    fn look(counts: SyncCounts) -> SyncLook {
        SyncLook {
            ends: ["Northwind ERP", "Salesforce"].map(str::to_owned),
            object: "Account".to_owned(),
            first: true,
            counts,
            notes: Vec::new(),
            confirm_deletes_above: 50,
        }
    }

    #[test]
    fn a_look_is_told_by_the_names_of_the_ends() {
        let counts = SyncCounts {
            paired: 812,
            create: [14, 90],
            ambiguous: 6,
            conflicts: 40,
            no_key: [3, 0],
            ..SyncCounts::default()
        };
        let said =
            "Pair 812 · make 90 in Salesforce and 14 in Northwind ERP · 6 ambiguous · 40 conflicts · 3 without a key";
        assert_eq!(sentence(&look(counts)), said);
        assert_eq!(sentence(&look(SyncCounts::default())), "Nothing to do");
    }

    #[test]
    fn many_deletions_are_typed() {
        let few = look(SyncCounts { delete: [50, 7], ..SyncCounts::default() });
        let many = look(SyncCounts { delete: [51, 1_214], ..SyncCounts::default() });
        assert_eq!(deletions(&[few]), None);
        assert_eq!(deletions(&[many]), Some(1_214));
        assert_eq!(
            [digits("1,214"), digits(" 1 214 "), digits("many"), digits("")],
            [Some(1_214), Some(1_214), None, None]
        );
    }
}
