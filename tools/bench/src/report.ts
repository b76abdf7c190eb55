import Table from "cli-table3";
import { ALTERNATIVES, type Alternative, type Figure, verdict } from "./figure.js";

/**
 * The figures as a table, in lines: each with its budget, the verdict, and what each alternative takes, as a multiple of Rollcall's value
 * in brackets.
 */
export function reportLines(figures: readonly Figure[]): readonly string[] {
  const head = ["", "unit", "Rollcall", "budget", "", ...ALTERNATIVES];
  const table = new Table({
    head,
    colAligns: head.map((_, column) => (column < 2 || column === 4 ? "left" : "right")),
    style: { head: [], border: [], compact: true },
  });
  table.push(...figures.map((figure) => row(figure)));
  return table.toString().split("\n");
}

function row(figure: Figure): string[] {
  const { what, unit, value, budget } = figure;
  const bound = budget === undefined ? "" : "atMost" in budget ? `≤ ${shown(budget.atMost)}` : `≥ ${shown(budget.atLeast)}`;
  return [what, unit, shown(value), bound, verdict(figure) ?? "", ...ALTERNATIVES.map((name) => alternative(figure, name))];
}

function alternative({ value, alternatives }: Figure, name: Alternative): string {
  const other = alternatives?.[name];
  if (other === undefined) return "";
  return value > 0 && other > 0 ? `${shown(other)} (×${shown(other / value)})` : shown(other);
}

/** Three digits that count; whole numbers are left whole. */
function shown(value: number): string {
  const magnitude = Math.abs(value);
  if (Number.isInteger(value) || magnitude >= 100) return Math.round(value).toString();
  return magnitude < 0.0005 ? "0" : Number(value.toPrecision(magnitude < 0.01 ? 1 : magnitude < 1 ? 2 : 3)).toString();
}
