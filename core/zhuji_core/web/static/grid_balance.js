// Two columns of an entry grid whose sums must be equal (data-balanced="debit credit").

import { formatAmount, parseAmount } from "./amounts.js";
import { fieldsOf } from "./grid_rows.js";
import { tr } from "./texts.js";

export class Balance {
  constructor(names) {
    [this.debit, this.credit] = names.split(" ");
  }

  /** What a row moves: debit less credit. */
  netOf(fields) {
    return amountOf(fields[this.debit]) - amountOf(fields[this.credit]);
  }

  /** Put what is missing into this row, on the side on which it is missing; return the cell. */
  complete(rows, row) {
    const rest = rows.filter((one) => one !== row).reduce((sum, one) => sum + this.netOf(fieldsOf(one)), 0);
    const debit = cellOf(row, this.debit);
    const credit = cellOf(row, this.credit);
    if (!rest || !debit || !credit) return null;
    debit.value = rest < 0 ? formatAmount(-rest) : "";
    credit.value = rest > 0 ? formatAmount(rest) : "";
    return rest < 0 ? debit : credit;
  }

  /** Say both sums and what they differ by. */
  words(rows) {
    const fields = rows.map(fieldsOf);
    const [debit, credit] = [this.debit, this.credit].map((name) => fields.reduce((sum, one) => sum + amountOf(one[name]), 0));
    const sums = [tr("借方 {amount}", { amount: formatAmount(debit) }), tr("貸方 {amount}", { amount: formatAmount(credit) })];
    if (debit === credit) return [...sums, tr("借貸平衡")];
    return [...sums, tr("相差 {amount}", { amount: formatAmount(Math.abs(debit - credit)) })];
  }
}

function amountOf(text) {
  return parseAmount(text ?? "") ?? 0;
}

function cellOf(row, name) {
  return row.querySelector(`[data-amount][name$="-${name}"]`);
}
