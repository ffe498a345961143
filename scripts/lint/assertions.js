/** An index that is in range by construction may be asserted, nothing else: `a[i]!`. */
const onlyIndexes = {
  create: (context) => ({
    TSNonNullExpression(node) {
      const { type, computed } = node.expression;
      if (type === "MemberExpression" && computed) return;
      context.report({
        node,
        message: "Only an index in range by construction may be asserted: a[i]!",
      });
    },
  }),
};

export default { meta: { name: "assertions" }, rules: { "only-indexes": onlyIndexes } };
