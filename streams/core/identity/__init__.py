"""Who is who: a fold over one ordered log of links, asked as of an epoch. Reading order: policy, graph, kruskal, fold, who."""
