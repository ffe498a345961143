import { basename, join } from "node:path";
import ts from "typescript";

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  lib: ["lib.es2023.d.ts", "lib.dom.d.ts"],
  types: [],
  strict: true,
  skipLibCheck: true,
  allowImportingTsExtensions: true,
  declaration: true,
  emitDeclarationOnly: true,
};

const { NoTruncation, InTypeAlias, MultilineObjectLiterals } = ts.NodeBuilderFlags;

/** Declares what the types of the routes mention by name. */
const SCOPE = "answer.ts";

/** The files of the client that a program sees something of. */
const FILES = ["index.ts", "api.ts", "error.ts", SCOPE];

const isWithinPackage = ({ moduleSpecifier }: ts.ImportDeclaration) =>
  ts.isStringLiteral(moduleSpecifier) && moduleSpecifier.text.startsWith("./");

const isExported = ({ modifiers }: ts.TypeAliasDeclaration) =>
  modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);

/**
 * Replaces each exported type alias by the type that it stands for, and removes what it was derived from:
 * other aliases, and imports from outside of the package.
 *
 * @param scope a file; the types use the names that it knows, and write out all others
 */
function writeOut(checker: ts.TypeChecker, scope: ts.SourceFile | undefined) {
  const rewrite = (statement: ts.Statement) => {
    if (ts.isImportDeclaration(statement)) return isWithinPackage(statement) ? statement : [];
    if (!ts.isTypeAliasDeclaration(statement)) return statement;
    if (!isExported(statement)) return [];
    const { name } = ts.getOriginalNode(statement, ts.isTypeAliasDeclaration);
    const type = checker.typeToTypeNode(
      checker.getTypeAtLocation(name),
      scope,
      NoTruncation | InTypeAlias | MultilineObjectLiterals,
    );
    if (!type) throw new Error(`TypeScript cannot write out ${name.text}`);
    const { modifiers, typeParameters } = statement;
    return ts.factory.updateTypeAliasDeclaration(
      statement,
      modifiers,
      statement.name,
      typeParameters,
      type,
    );
  };
  return (): ts.CustomTransformer => ({
    transformSourceFile: (file) =>
      ts.factory.updateSourceFile(file, file.statements.flatMap(rewrite)),
    transformBundle: (bundle) => bundle,
  });
}

/**
 * The declarations of the client, by the names of their files. They import nothing but each other.
 *
 * @param source the folder of the client
 * @throws Error if the types of the client are wrong
 */
export function declareTypes(source: string): Map<string, string> {
  const host = ts.createCompilerHost(OPTIONS);
  const paths = FILES.map((file) => join(source, file));
  const program = ts.createProgram(paths, OPTIONS, host);
  const faults = ts.getPreEmitDiagnostics(program);
  if (faults.length > 0) throw new Error(ts.formatDiagnostics(faults, host));
  const declarations = new Map<string, string>();
  const checker = program.getTypeChecker();
  const scope = program.getSourceFile(join(source, SCOPE));
  for (const path of paths) {
    program.emit(
      program.getSourceFile(path),
      (name, text) => declarations.set(basename(name), text),
      undefined,
      true,
      { afterDeclarations: [writeOut(checker, scope)] },
    );
  }
  return declarations;
}
