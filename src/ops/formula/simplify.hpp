// Making expressions in simplified form, and the two things simplification needs: renaming an index and comparing.
#pragma once

#include <string>
#include <vector>

#include "ops/formula/node.hpp"

namespace retrograd::formula::simple {

/// x+0 → x, numbers folded, a+(−b) kept as a difference.
Expr add(Expr a, Expr b);
/// 0·x → 0, 1·x → x, numbers folded into one leading factor, signs pulled out, x·(1/3) → x/3.
Expr mul(Expr a, Expr b);
/// 0/x → 0, x/1 → x, signs pulled out; a quotient of numbers is folded only if it is exact (1/3 stays 1/3).
Expr div(Expr a, Expr b);
/// −(−x) → x.
Expr neg(Expr a);
/// x⁰ → 1, x¹ → x.
Expr integer_power(Expr x, int n);
/// Both branches equal → that branch.
Expr branch(Expr c, Expr then, Expr otherwise);
/// Equal names → 1.
Expr delta(const std::string& i, const std::string& j);
/// Σ 0 → 0 and Σ_i (f(i)·[i = m] + g(i)) → f(m) + Σ_i g(i). Every index variable other than the bound one is taken to
/// lie within the range of what it is compared with, as the index of a symbol does.
Expr sum_over(const std::string& index, const std::string& range, const Expr& body);

/// `e` with the free index variable `from` renamed to `to`; bound index variables called `to` get another name.
Expr substitute(const Expr& e, const std::string& from, const std::string& to);
/// `name` with primes added until it is neither free in `e` nor one of `taken`.
std::string fresh_index(std::string name, const Node& e, const std::vector<std::string>& taken);

/// Pairs of index variables that correspond, innermost last.
using Correspondence = std::vector<std::pair<std::string, std::string>>;
/// Whether a and b are the same tree up to the names of bound index variables and of those in `indices`.
bool equal(const Expr& a, const Expr& b, Correspondence indices = {});

}  // namespace retrograd::formula::simple
